import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { type Bytes, bytesOf, fsPath, textOf } from '../../agent/files/bytes.ts';
import { isWithin } from '../../agent/rules/path.ts';
import type { Seen, SeenTree } from './entry.ts';

/** Longer texts, and what is no UTF-8, are given by their hash. */
const longestText = 400;

/** What the records leave out of whole images: the places of processes and devices. */
export function isOfKernel(path: string): boolean {
  return ['/proc', '/sys', '/dev'].some((area) => isWithin(path, area));
}

/** Describes what stands at a place; links are not followed, nothing is opened but regular files. */
export function describeObject(place: string): Seen {
  return describe(bytesOf(place));
}

/** Everything below a directory by its path from there, sorted; mount points are crossed. */
export function describeTree(
  top: string,
  {
    leaveOut = () => false,
    mountOn = () => undefined,
  }: {
    readonly leaveOut?: (path: string) => boolean;
    /** What is mounted exactly at a place. */
    readonly mountOn?: (place: string) => Seen['mount'];
  } = {},
): SeenTree {
  const found: [string, Seen][] = [];
  const visit = (place: Bytes, path: Bytes): void => {
    const names = readdirSync(fsPath(place), { encoding: 'buffer' });
    for (const name of names.map((bytes) => bytes.toString('latin1'))) {
      const child = `${path}/${name}`;
      if (leaveOut(textOf(child))) continue;
      const seen = describe(`${place}/${name}`);
      const mount = mountOn(textOf(`${place}/${name}`));
      found.push([textOf(child), mount === undefined ? seen : { ...seen, mount }]);
      if (seen.type === 'dir') visit(`${place}/${name}`, child);
    }
  };
  visit(bytesOf(top), '');
  return Object.fromEntries(found.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function describe(place: Bytes): Seen {
  let stats: BigIntStats;
  try {
    stats = lstatSync(fsPath(place), { bigint: true });
  } catch (error) {
    return { type: 'missing', error: errorName(error) };
  }
  const owner = { uid: Number(stats.uid), gid: Number(stats.gid) };
  if (stats.isSymbolicLink()) {
    const target = readlinkSync(fsPath(place), { encoding: 'buffer' }).toString();
    return { type: 'link', target, ...owner };
  }
  const mode = (Number(stats.mode) & 0o7777).toString(8).padStart(4, '0');
  const type = typeOf(stats);
  const common = { mode, ...owner, type };
  if (type === 'dir') return common;
  const nlink = stats.nlink > 1n ? { nlink: Number(stats.nlink) } : {};
  if (type === 'file') return { ...common, ...contentOf(place, Number(stats.size)), ...nlink };
  if (type === 'char' || type === 'block') return { ...common, rdev: deviceOf(stats), ...nlink };
  return { ...common, ...nlink };
}

function typeOf(stats: BigIntStats): Exclude<Seen['type'], 'missing' | 'link'> {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'dir';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isCharacterDevice()) return 'char';
  return stats.isBlockDevice() ? 'block' : 'socket';
}

/** As major(3) and minor(3). */
function deviceOf({ rdev }: BigIntStats): [number, number] {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n);
  return [Number(major), Number(minor)];
}

function contentOf(place: Bytes, size: number): Pick<Seen, 'size' | 'content' | 'sha256'> {
  const hash = createHash('sha256');
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = openSync(fsPath(place), flags);
  try {
    const chunk = Buffer.alloc(64 * 1024);
    let start = Buffer.alloc(0);
    for (let length = readSync(file, chunk); length > 0; length = readSync(file, chunk)) {
      const part = chunk.subarray(0, length);
      if (start.length === 0) start = Buffer.from(part.subarray(0, longestText));
      hash.update(part);
    }
    const text = size <= longestText ? utf8(start) : undefined;
    return { size, ...(text === undefined ? { sha256: hash.digest('hex') } : { content: text }) };
  } finally {
    closeSync(file);
  }
}

function utf8(bytes: Buffer): string | undefined {
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : undefined;
}

/** The name of an error of the system; others are bugs and thrown again. */
export function errorName(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code);
  throw error;
}
