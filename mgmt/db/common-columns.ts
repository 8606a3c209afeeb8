import type { Column } from './table.ts';

/** Columns that many tables have. */
export const nodeKey = {
  required: true,
  doc: 'The node, or the group whose nodes inherit the row.',
  refers: 'nodelist.node',
} as const satisfies Column;
export const imageKey = {
  required: true,
  doc: 'The name of the osimage.',
} as const satisfies Column;
export const comments = { doc: 'Any notes.' } as const satisfies Column;
export const disable = { doc: '"yes" or "1" takes the row out of use.' } as const satisfies Column;
