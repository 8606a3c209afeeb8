import { StateliteError } from '../errors.ts';
import type { LitetreeRow } from '../protocol/answer.ts';
import { formatLocation, parseLocation, splitMountOptions } from '../protocol/location.ts';
import { rank } from './select.ts';

/** A litetree row, read. `server` is undefined for a directory of the image itself. */
export interface Tree {
  readonly server: string | undefined;
  readonly directory: string;
  /** Mount options besides `nofail`, in the table's order. */
  readonly options: readonly string[];
  /** The boot may go on without it, `degraded` (semantics 1.7). */
  readonly optional: boolean;
  readonly priority: number;
}

/** Checks one litetree row (semantics 1.7). Throws ERR_STATELITE_ROW naming column, value and rule. */
export function parseTree(row: Pick<LitetreeRow, 'priority' | 'directory' | 'mntopts'>): Tree {
  const priority = parsePriority(row.priority);
  const { server, directory } = parseLocation(row.directory);
  const options = splitMountOptions(row.mntopts);
  return {
    server,
    directory,
    options: options.filter((option) => option !== 'nofail'),
    optional: options.includes('nofail'),
    priority,
  };
}

/**
 * The trees in search order: priority as a number, then specificity, then table order; a location
 * that stands there twice counts once, at its best place (semantics 1.7).
 */
export function orderTrees(rows: readonly LitetreeRow[]): Tree[] {
  const sorted = rows
    .map((row) => ({ tree: parseTree(row), rank: rank(row) }))
    .toSorted((a, b) => a.tree.priority - b.tree.priority || a.rank - b.rank)
    .map(({ tree }) => tree);
  const first = new Map<string, Tree>();
  for (const tree of sorted) {
    const location = formatLocation(tree);
    if (!first.has(location)) first.set(location, tree);
  }
  return [...first.values()];
}

function parsePriority(text: string): number {
  const trimmed = text.trim();
  if (/^[+-]?(\d+\.?\d*|\.\d+)$/u.test(trimmed)) return Number(trimmed);
  throw new StateliteError(
    'ERR_STATELITE_ROW',
    `litetree priority ${JSON.stringify(text)} is not a number`,
    { hint: 'priorities are numbers such as 1, 1.5 or 10; smaller ones are searched first' },
  );
}
