import type { Table } from './table.ts';

/** One transaction that changed rows: who made it, when, and with which command. */
export const historyChange = {
  name: 'history_change',
  doc: 'Changes of the tables.',
  key: ['number'],
  columns: {
    number: { required: true, doc: 'Counts from 1.' },
    at: { required: true, doc: 'When, in UTC: 2026-11-22T08:01:07.123Z.' },
    who: { required: true, blank: true, doc: 'Who ran the command.' },
    command: { required: true, blank: true, doc: 'The verb.' },
  },
} as const satisfies Table;

/** A row that a change added, changed or removed; rows are JSON without their blank columns. */
export const historyRow = {
  name: 'history_row',
  doc: 'The rows that changes were about.',
  key: ['change', 'table', 'key'],
  columns: {
    change: { required: true, doc: 'The number of the change.' },
    table: { required: true, doc: 'The table.' },
    key: { required: true, doc: 'The columns that say which row, as JSON.' },
    place: { doc: 'The seq of the old row: where it stood in the table.' },
    old: { doc: 'The row before; blank if there was none.' },
    new: { doc: 'The row after; blank if there is none.' },
  },
} as const satisfies Table;

/** Tables that are no tables of the administrator: tabdump and chtab do not know them. */
export const historyTables: readonly Table[] = [historyChange, historyRow];
