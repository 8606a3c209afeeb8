import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { hasCode } from '../errors.ts';
import { type Bytes, bytesOf, fsPath } from './bytes.ts';
import {
  besideOf,
  copyAttributes,
  type CopyCalls,
  copyObject,
  type CopyJob,
  flush,
  makeDirectories,
  renamed,
  startCopy,
} from './copy.ts';

/** A directory made of several (semantics 2.3–2.6). Paths are absolute on this machine. */
export interface Merge {
  /** Source directories, the first winning each name. */
  readonly from: readonly string[];
  readonly to: string;
  /** The canonical path that all of them stand for; the next two are canonical paths too. */
  readonly path: string;
  readonly leaveOut: readonly string[];
  /** Directories of the last source that liteimg made: they lend no metadata. */
  readonly bare: readonly string[];
  readonly only: 'everything' | 'missing names';
  /** Build beside and rename, flushed: for stores that keep data. */
  readonly durable: boolean;
}

/** How many objects of one directory are copied at a time. */
const atOnce = 8;

/** Performs the merge; returns the paths that lost xattrs. */
export async function mergeDirectories(calls: CopyCalls, merge: Merge): Promise<string[]> {
  const leaveOut = new Set(merge.leaveOut.map(bytesOf));
  const context: Context = {
    jobs: merge.from.map(() => startCopy(calls, merge.durable)),
    leaveOut,
    above: directoriesAbove(leaveOut),
    bare: new Set(merge.bare.map(bytesOf)),
    durable: merge.durable,
  };
  const sources = merge.from.map((directory, index) => ({ directory: bytesOf(directory), index }));
  const [to, path] = [bytesOf(merge.to), bytesOf(merge.path)];
  await makeDirectories(to.slice(0, to.lastIndexOf('/')) || '/');
  if (merge.only === 'missing names') await complete(context, sources, to, path);
  else if (merge.durable) await buildBeside(context, sources, to, path);
  else await build(context, sources, to, path);
  return context.jobs.flatMap(({ lost }) => [...lost]);
}

interface Source {
  readonly directory: Bytes;
  readonly index: number;
}

interface Context {
  /** One per source: hard links do not cross sources. */
  readonly jobs: readonly CopyJob[];
  readonly leaveOut: ReadonlySet<Bytes>;
  readonly above: ReadonlySet<Bytes>;
  readonly bare: ReadonlySet<Bytes>;
  readonly durable: boolean;
}

/** What one name of the merged directory becomes. */
type Part =
  | { readonly name: Bytes; readonly kind: 'directory'; readonly sources: readonly Source[] }
  | { readonly name: Bytes; readonly kind: 'object'; readonly source: Source };

/** A new directory, with everything. It may be there already for a deeper entry's sake. */
async function build(
  context: Context,
  sources: readonly Source[],
  to: Bytes,
  path: Bytes,
): Promise<void> {
  await mkdir(fsPath(to), { recursive: true });
  await inGroups(await partsOf(context, sources, path), async (part) => {
    const target = `${to}/${part.name}`;
    if (part.kind === 'directory')
      return build(context, part.sources, target, `${path}/${part.name}`);
    await copyObject(jobOf(context, part.source), `${part.source.directory}/${part.name}`, target);
  });
  await lendAttributes(context, sources, to, path);
}

async function buildBeside(
  context: Context,
  sources: readonly Source[],
  to: Bytes,
  path: Bytes,
): Promise<void> {
  const beside = besideOf(to);
  await rm(fsPath(beside), { recursive: true, force: true });
  await build(context, sources, beside, path);
  await moveIntoPlace(context, beside, to);
}

/** Adds the names that are missing, each built beside; what exists is not touched. */
async function complete(
  context: Context,
  sources: readonly Source[],
  to: Bytes,
  path: Bytes,
): Promise<void> {
  const isBare = (await readdir(fsPath(to))).every((name) =>
    isListedName(context, path, bytesOf(name)),
  );
  // A directory that was only the way to deeper entries is filled for the first time now: before
  // the first name, for a power cut, and after the last, for the times.
  if (isBare) await lendAttributes(context, sources, to, path);
  for (const part of await partsOf(context, sources, path)) {
    const target = `${to}/${part.name}`;
    const child = `${path}/${part.name}`;
    const exists = await typeOf(target);
    if (part.kind === 'directory') {
      if (exists === 'dir') await complete(context, part.sources, target, child);
      else if (exists === undefined) await buildBeside(context, part.sources, target, child);
    } else if (exists === undefined) {
      const beside = besideOf(target);
      await rm(fsPath(beside), { recursive: true, force: true });
      await copyObject(
        jobOf(context, part.source),
        `${part.source.directory}/${part.name}`,
        beside,
      );
      await moveIntoPlace(context, beside, target);
    }
  }
  if (isBare) await lendAttributes(context, sources, to, path);
  if (context.durable) await flush(to);
}

function isListedName({ leaveOut, above }: Context, path: Bytes, name: Bytes): boolean {
  const child = `${path}/${name}`;
  return leaveOut.has(child) || above.has(child);
}

/** The names of all sources but the listed ones, each with the sources that take part (2.2, 2.6). */
async function partsOf(context: Context, sources: readonly Source[], path: Bytes): Promise<Part[]> {
  const holders = new Map<Bytes, Source[]>();
  for (const source of sources) {
    for (const name of await namesIn(source.directory)) {
      if (context.leaveOut.has(`${path}/${name}`)) continue;
      const known = holders.get(name);
      if (known === undefined) holders.set(name, [source]);
      else known.push(source);
    }
  }
  const parts: Part[] = [];
  for (const [name, having] of holders) {
    const part = await partOf(name, having, context.above.has(`${path}/${name}`));
    if (part !== undefined) parts.push(part);
  }
  return parts;
}

async function partOf(
  name: Bytes,
  having: readonly Source[],
  isAboveListed: boolean,
): Promise<Part | undefined> {
  const [first] = having;
  if (first === undefined) return undefined;
  const children = having.map((source) => ({
    ...source,
    directory: `${source.directory}/${name}`,
  }));
  const types = await Promise.all(children.map(({ directory }) => typeOf(directory)));
  if (types[0] !== 'dir' && !isAboveListed) return { name, kind: 'object', source: first };
  const sources = children.filter((_, index) => types[index] === 'dir');
  return sources.length === 0 ? undefined : { name, kind: 'directory', sources };
}

/** Owner, mode, times and xattrs come from the lowest source that is not liteimg's own (2.4). */
async function lendAttributes(
  context: Context,
  sources: readonly Source[],
  to: Bytes,
  path: Bytes,
): Promise<void> {
  const last = context.jobs.length - 1;
  const lending = sources.filter(({ index }) => index !== last || !context.bare.has(path));
  const lowest = lending.at(-1) ?? sources.at(-1);
  if (lowest !== undefined) await copyAttributes(jobOf(context, lowest), lowest.directory, to);
}

async function moveIntoPlace({ jobs }: Context, beside: Bytes, to: Bytes): Promise<void> {
  await rename(fsPath(beside), fsPath(to));
  for (const job of jobs) await renamed(job, beside, to);
  await flush(to.slice(0, to.lastIndexOf('/')) || '/');
}

function jobOf({ jobs }: Context, { index }: Source): CopyJob {
  const job = jobs[index];
  if (job === undefined) throw new Error(`no source ${index}`);
  return job;
}

async function namesIn(directory: Bytes): Promise<Bytes[]> {
  const names = await readdir(fsPath(directory), { encoding: 'buffer' });
  return names.map((name) => name.toString('latin1'));
}

async function typeOf(path: Bytes): Promise<'dir' | 'other' | undefined> {
  try {
    return (await lstat(fsPath(path))).isDirectory() ? 'dir' : 'other';
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function directoriesAbove(paths: Iterable<Bytes>): Set<Bytes> {
  const above = new Set<Bytes>();
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      above.add(path.slice(0, end));
    }
  }
  return above;
}

async function inGroups<Item>(
  items: readonly Item[],
  run: (item: Item) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < items.length; start += atOnce) {
    await Promise.all(items.slice(start, start + atOnce).map(run));
  }
}
