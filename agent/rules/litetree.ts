import { isIPv6 } from 'node:net';
import { StateliteError } from '../errors.ts';
import type { LitetreeRow } from '../protocol/answer.ts';
import { components } from './path.ts';
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

/** `server:/dir` as an administrator writes it, `/dir` for a directory of the image. */
export function formatLocation({ server, directory }: Pick<Tree, 'server' | 'directory'>): string {
  return server === undefined ? directory : `${server}:${directory}`;
}

/** Splits `server:/path`, `[v6]:/path` or `/path`. Throws ERR_STATELITE_ROW. */
export function parseLocation(text: string): { server: string | undefined; directory: string } {
  const match = /^(?:(?<server>\[[^\]\s]+\]|[^/:\s[\]]+):)?(?<directory>\/.*)$/su.exec(text);
  const server = match?.groups?.['server'];
  const directory = match?.groups?.['directory'];
  if (directory === undefined) refuse(text, 'is neither server:/path nor /path');
  if (/[\0\n]/u.test(directory)) refuse(text, 'holds a NUL byte or a newline');
  if (server?.startsWith('[') && !isIPv6(server.slice(1, -1)))
    refuse(text, 'has no IPv6 address in []');
  const names = components(directory);
  if (names.some((name) => name === '.' || name === '..')) refuse(text, 'holds "." or ".."');
  return { server, directory: `/${names.join('/')}` };
}

/** The words of a comma list; blanks around them are ignored, blank words and inner blanks refused. */
export function splitMountOptions(text: string): string[] {
  if (text.trim() === '') return [];
  const words = text.split(',').map((word) => word.trim());
  if (words.some((word) => word === '' || /\s/u.test(word))) {
    throw new StateliteError(
      'ERR_STATELITE_ROW',
      `the mount options ${JSON.stringify(text)} hold a blank word or a blank inside a word`,
      { hint: 'write them as a comma list: soft,timeo=30' },
    );
  }
  return words;
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

function refuse(text: string, reason: string): never {
  throw new StateliteError('ERR_STATELITE_ROW', `the directory ${JSON.stringify(text)} ${reason}`, {
    hint: 'write server:/path, [address]:/path, or /path for a directory of the image',
  });
}
