import type { LitefileRow, LitetreeRow } from '../../agent/protocol/answer.ts';
import { formatLocation, splitMountOptions } from '../../agent/protocol/location.ts';
import { parseTree } from '../../agent/rules/litetree.ts';
import { parseOptions } from '../../agent/rules/options.ts';
import { mtab } from '../../agent/rules/row.ts';
import { rank, selectRows } from '../../agent/rules/select.ts';

/** One path as stock xCAT words it. */
export interface StockFile {
  readonly options: string;
  readonly path: string;
}

/** One tree as stock xCAT words it. */
export interface StockTree {
  readonly priority: string;
  /** `server:/dir` or `/dir`. */
  readonly location: string;
  readonly mntopts: string;
}

/**
 * The winning rows, sorted by path, as a stock node expects them: a blank option is `tmpfs,rw`, and
 * /etc/mtab is always there. Throws ERR_STATELITE_ROW or ERR_STATELITE_TABLE for rows that the
 * rules refuse.
 */
export function stockFiles(rows: readonly LitefileRow[]): StockFile[] {
  const options = new Map(rows.map((row) => [rowId(row.file, row.specificity), row.options]));
  const files = selectRows(rows).map(({ written, path, directory, specificity }) => ({
    path: directory ? `${path}/` : path,
    options:
      path === mtab ? 'tmpfs,rw' : stockOptions(written, options.get(rowId(written, specificity))),
  }));
  if (!files.some(({ path }) => path === mtab)) files.push({ path: mtab, options: 'link' });
  return files.toSorted((a, b) => compare(a.path, b.path));
}

/** The trees in search order, each location once (semantics 1.7). */
export function stockTrees(rows: readonly LitetreeRow[]): StockTree[] {
  const sorted = rows
    .map((row) => ({ row, tree: parseTree(row) }))
    .toSorted((a, b) => a.tree.priority - b.tree.priority || rank(a.row) - rank(b.row));
  const first = new Map<string, StockTree>();
  for (const { row, tree } of sorted) {
    const location = formatLocation(tree);
    if (first.has(location)) continue;
    const mntopts = splitMountOptions(row.mntopts).join(',');
    first.set(location, { priority: row.priority, location, mntopts });
  }
  return [...first.values()];
}

/** `tmpfs         /etc/ssh/`: stock scripts and people look for the path after column 13. */
export function stockFileLine({ options, path }: StockFile): string {
  return `${options.padEnd(13)} ${path}`;
}

/** `server:/dir`, and its mount options if there are any. */
export function stockTreeLine({ location, mntopts }: StockTree): string {
  return mntopts === '' ? location : `${location} :${mntopts}`;
}

/** The written words in the one order that stock scripts know. */
function stockOptions(file: string, written = ''): string {
  const words = written.split(',').map((word) => word.trim());
  const meaning = parseOptions(file, written);
  if (words.length > 1) return meaning === 'link' ? 'tmpfs,rw' : meaning;
  return words[0] || 'tmpfs,rw';
}

function rowId(file: string, specificity: string): string {
  return `${specificity}\0${file}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
