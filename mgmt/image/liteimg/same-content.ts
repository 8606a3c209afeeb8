import { open, readlink } from 'node:fs/promises';
import { type Bytes, bytesOf, fsPath } from '../../../agent/files/bytes.ts';
import { isWithin } from '../../../agent/rules/path.ts';
import { namesIn, statusOf } from './byte-paths.ts';
import type { PlaceBefore } from './place-before.ts';

export interface Comparison {
  /** Both absolute on this machine; an original behind a loop of links is none. */
  readonly copy: string;
  readonly original: string | undefined;
  /** Paths below both that do not count, told from there. */
  readonly but: ReadonlySet<string>;
  /** What stood below the original before liteimg is what counts. */
  readonly before: PlaceBefore;
}

/**
 * Whether a copy is still what it was copied from: owners, modes, bytes of files, targets of
 * links, names of directories.
 */
export async function sameContent({ copy, original, but, before }: Comparison): Promise<boolean> {
  if (original === undefined || isWithin(original, copy)) return false; // the only one there is
  const context = { but: new Set([...but].map(bytesOf)), before };
  return sameObject(context, bytesOf(copy), bytesOf(original), '');
}

interface Context extends Pick<Comparison, 'before'> {
  readonly but: ReadonlySet<Bytes>;
}

async function sameObject(
  context: Context,
  copy: Bytes,
  original: Bytes,
  path: Bytes,
): Promise<boolean> {
  const [a, b] = [await statusOf(copy), await statusOf(original)];
  if (a?.mode !== b?.mode || a?.uid !== b?.uid || a?.gid !== b?.gid) return false;
  if (a === undefined || b === undefined) return true;
  if (a.isDirectory()) return sameNames(context, copy, original, path);
  if (a.isSymbolicLink()) return (await targetOf(copy)) === (await targetOf(original));
  if (!a.isFile()) return a.rdev === b.rdev;
  return a.size === b.size && sameBytes(copy, original);
}

async function sameNames(
  context: Context,
  copy: Bytes,
  original: Bytes,
  path: Bytes,
): Promise<boolean> {
  const counts = (name: Bytes) => !context.but.has(`${path}/${name}`);
  const names = new Set((await namesIn(copy)).filter(counts));
  for (const name of (await namesIn(original)).filter(counts)) {
    const other = await context.before(`${original}/${name}`);
    if (other === undefined) continue;
    const isSame = await sameObject(context, `${copy}/${name}`, other, `${path}/${name}`);
    if (!isSame) return false;
    names.delete(name);
  }
  return names.size === 0;
}

const chunkSize = 1024 * 1024;

async function sameBytes(copy: Bytes, original: Bytes): Promise<boolean> {
  await using one = await open(fsPath(copy));
  await using other = await open(fsPath(original));
  const [a, b] = [Buffer.alloc(chunkSize), Buffer.alloc(chunkSize)];
  for (let at = 0; ; at += chunkSize) {
    const { bytesRead } = await one.read(a, 0, chunkSize, at);
    await other.read(b, 0, chunkSize, at);
    if (!a.subarray(0, bytesRead).equals(b.subarray(0, bytesRead))) return false;
    if (bytesRead < chunkSize) return true;
  }
}

async function targetOf(link: Bytes): Promise<string> {
  return readlink(fsPath(link), 'latin1');
}
