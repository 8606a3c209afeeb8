import { join } from 'node:path';
import type { LitefileRow } from '../../../agent/protocol/answer.ts';
import { parentIn } from '../../../agent/rules/family.ts';
import {
  isConcatenated,
  isLink,
  type Option,
  parseOptions,
  storeOf,
} from '../../../agent/rules/options.ts';
import { depth, parsePath } from '../../../agent/rules/path.ts';

/** See `shellScript`. */
export type Script = 'whole' | 'actions';

/** Where the script finds everything; all absolute. */
export interface ScriptPlaces {
  readonly root: string;
  /** In search order. */
  readonly trees: readonly string[];
  /** The file of `shellList`. */
  readonly list: string;
}

/** A listed path as both scripts take it. */
interface Listed {
  readonly path: string;
  readonly option: Option;
}

const verbs = join(import.meta.dirname, 'baseline.sh');

/** The list that the whole script reads: an option and a path a line, parents first. */
export function shellList(rows: readonly LitefileRow[]): string {
  return listedIn(rows)
    .map(({ path, option }) => `${option} ${path}\n`)
    .join('');
}

/**
 * The linking stage for /bin/bash, a program for every action, one row after the other. The `whole`
 * script reads the list, finds parents and looks into the sources with dirname, grep and ls, as the
 * original does. With `actions` all of that is decided beforehand, and only mkdir, cp, cat, ln, rm
 * and mount are left: the least that any such script can do. Either ends in what the agent ends in
 * for the tables of this benchmark, and for these only.
 */
export function shellScript(
  what: Script,
  rows: readonly LitefileRow[],
  isDirectory: (path: string) => boolean,
  { root, trees, list }: ScriptPlaces,
): string {
  const settings = Object.entries({ R: root, A: trees[0] ?? '', B: trees[1] ?? '', L: list });
  return [
    ...settings.map(([name, value]) => `${name}=${quote(value)}`),
    `. ${quote(verbs)}`,
    ...(what === 'whole' ? ['rows'] : actions(listedIn(rows), isDirectory)),
    '',
  ].join('\n');
}

function listedIn(rows: readonly LitefileRow[]): Listed[] {
  return rows
    .map(({ file, options }) => ({ ...parsePath(file), option: parseOptions(file, options) }))
    .toSorted((a, b) => depth(a.path) - depth(b.path));
}

function actions(listed: readonly Listed[], isDirectory: (path: string) => boolean): string[] {
  const options = new Map(listed.map(({ path, option }) => [path, option]));
  return listed.map(({ path, option }) => {
    const quoted = quote(path);
    if (path === '/etc/mtab') return `link_to /proc/self/mounts ${quoted}`;
    const how = isLink(option) || isInCopy(option, parentIn(options, path)) ? 'link' : 'bind';
    const store = storeOf(option);
    if (isConcatenated(option)) return `joined ${how} ${quoted}`;
    if (store === 'none') return `served ${how} ${quoted}`;
    const type = isDirectory(path) ? 'dir' : 'file';
    if (store !== 'persistent') return `volatile ${how} ${type} ${quoted}`;
    return `kept ${isLink(option) ? 'planted' : how} ${type} ${quoted}`;
  });
}

/** Its copy lies in its parent's: no mount of its own. */
function isInCopy(option: Option, parent: Option | undefined): boolean {
  return parent !== undefined && (option === parent || (option === 'con' && parent === 'tmpfs'));
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
