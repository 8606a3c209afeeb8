import { StateliteError } from '../errors.ts';

/** Directories of the kernel and of statelite itself: no row may name, enter or hold them (semantics 1.2). */
export const reserved: readonly string[] = [
  '/proc',
  '/sys',
  '/dev',
  '/.statelite',
  '/.default',
  '/.default.links',
  '/.sllocal',
];

/** Places that are writable at run time already, or never can be (semantics 1.5). */
const runtime: readonly string[] = ['/run', '/proc', '/sys', '/dev'];

/** Lists in the root of a kept store (semantics 3.1). */
const lists: readonly string[] = ['/.statelite.filled', '/.statelite.made'];

/** The name under which everything is built beside its place: ours in every directory (semantics 3.1). */
export const besideName = '.statelite.new';

/**
 * PATH_MAX less the longest mount point of a tree below the new root. A planted link has `../` for
 * each directory in front of the path.
 */
const mostBytes = 4095 - 512;

export interface WrittenPath {
  /** Absolute, without trailing or doubled slashes. */
  readonly path: string;
  /** The row says so by a trailing slash (semantics 1.3). */
  readonly directory: boolean;
}

/**
 * Checks a path as a litefile row writes it (semantics 1.2); everything that is not refused is
 * taken byte for byte. Throws ERR_STATELITE_ROW naming the path and the reason.
 */
export function parsePath(file: string): WrittenPath {
  const refuse = (reason: string): never => {
    throw new StateliteError(
      'ERR_STATELITE_ROW',
      `litefile path ${JSON.stringify(shortened(file))} ${reason}`,
    );
  };
  if (!file.startsWith('/')) refuse('is not absolute');
  if (file.includes('\0')) refuse('holds a NUL byte');
  if (file.includes('\n')) refuse('holds a newline');
  if (!file.isWellFormed()) refuse('is no valid text');
  const names = components(file);
  if (names.length === 0) refuse('is the root itself');
  if (Buffer.byteLength(file) + 3 * names.length > mostBytes) {
    refuse(`is too long: nodes and images hold it below other directories`);
  }
  for (const name of names) {
    if (name === '.' || name === '..') refuse(`holds the component "${name}"`);
    if (Buffer.byteLength(name) > 255) refuse('has a component of more than 255 bytes');
    if (name === besideName)
      refuse(`holds the component "${besideName}", which stores need for themselves`);
  }
  const path = `/${names.join('/')}`;
  if (lists.includes(path)) refuse('is a list of the persistent store');
  const taken = reservedFor(path);
  if (taken !== undefined) refuse(`is in ${taken}, which belongs to the kernel or to statelite`);
  return { path, directory: file.endsWith('/') };
}

/** A path without the slashes at its end; nothing is left of the root. In time that grows with its length only. */
export function withoutSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

function shortened(file: string): string {
  return file.length > 400 ? `${file.slice(0, 400)}…` : file;
}

/** The reserved directory that `path` is or lies in, if any. */
export function reservedFor(path: string): string | undefined {
  return reserved.find((directory) => isWithin(path, directory));
}

/** Whether a canonical place needs no entry: it is in /run, /proc, /sys or /dev (semantics 1.5). */
export function isRuntime(path: string): boolean {
  return runtime.some((directory) => isWithin(path, directory));
}

/** Whether `path` is `directory` or lies below it. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || isBelow(path, directory);
}

/** Whether `path` lies below `directory`, which may be `/`. */
export function isBelow(path: string, directory: string): boolean {
  return directory === '/' ? path !== '/' : path.startsWith(`${directory}/`);
}

/** The names of an absolute path; empty and doubled slashes vanish. */
export function components(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

/** How many names a normalised absolute path has. */
export function depth(path: string): number {
  return components(path).length;
}

/** The directory of a normalised absolute path; of `/x` it is `/`. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

/** Joins a directory, maybe `/`, and a name or an absolute path. */
export function below(directory: string, path: string): string {
  const rest = path.startsWith('/') ? path : `/${path}`;
  return directory === '/' ? rest : `${directory}${rest}`;
}

/** Every directory above a normalised path, nearest first, without `/`. */
export function* ancestors(path: string): Generator<string> {
  for (let at = parentOf(path); at !== '/'; at = parentOf(at)) yield at;
}
