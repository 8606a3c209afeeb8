import { lstat, readdir, rm } from 'node:fs/promises';
import { hasCode } from '../errors.ts';
import { besideOf, directoryOf, flush, putInPlace, type Stop, wholeOrNothing } from './beside.ts';
import { type Bytes, bytesOf, directoriesAbove, fsPath, textOf } from './bytes.ts';
import {
  adopt,
  copyAttributes,
  type CopyCalls,
  copyObject,
  type CopyJob,
  makeDirectories,
  renamed,
  startCopy,
} from './copy.ts';
import { besideName } from '../rules/path.ts';

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
  /** Given up: nothing more is begun. */
  readonly signal?: Stop | undefined;
}

export interface Merged {
  /** Copies that lost xattrs. */
  readonly lost: readonly string[];
  /** Sockets of the sources: without the program that made them they are nothing, so they have no copy. */
  readonly sockets: readonly string[];
}

/** How many objects of one directory are copied at a time. */
const atOnce = 8;

/** Performs the merge. What it began is taken away again if it fails; what was there stays. */
export async function mergeDirectories(calls: CopyCalls, merge: Merge): Promise<Merged> {
  const leaveOut = new Set(merge.leaveOut.map(bytesOf));
  const failed: Failed = { error: undefined };
  const signal = stopOn(failed, merge.signal);
  const wishes = { durable: merge.durable, signal, copied: { bytes: 0, objects: 0 } };
  const context: Context = {
    jobs: merge.from.map(() => startCopy(calls, wishes)),
    leaveOut,
    above: directoriesAbove(leaveOut),
    bare: new Set(merge.bare.map(bytesOf)),
    durable: merge.durable,
    givenUp: merge.signal,
    failed,
    signal,
    sockets: [],
  };
  const sources = merge.from.map((directory, index) => ({ directory: bytesOf(directory), index }));
  const [to, path] = [bytesOf(merge.to), bytesOf(merge.path)];
  await makeDirectories(directoryOf(to));
  if (merge.only === 'missing names') await complete(context, sources, to, path);
  else if (merge.durable) await buildBeside(context, sources, to, path);
  else await build(context, sources, to, path);
  const lost = context.jobs.flatMap((job) => [...job.lost]);
  return { lost, sockets: context.sockets.map(textOf) };
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
  readonly givenUp: Stop | undefined;
  /** Stops what is done at the same time as something that failed. */
  readonly failed: Failed;
  /** Either of them. */
  readonly signal: Stop;
  readonly sockets: Bytes[];
}

interface Failed {
  /** The first failure of several at a time. */
  error: { readonly cause: unknown } | undefined;
}

function stopOn(failed: Failed, givenUp: Stop | undefined): Stop {
  return {
    get aborted() {
      return failed.error !== undefined || givenUp?.aborted === true;
    },
    throwIfAborted() {
      if (failed.error !== undefined) throw failed.error.cause;
      givenUp?.throwIfAborted();
    },
  };
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
  const isNew = await makeDirectories(to);
  const fill = async (): Promise<void> => {
    await inGroups(context, await partsOf(context, sources, path), async (part) => {
      const target = `${to}/${part.name}`;
      if (part.kind === 'directory')
        return build(context, part.sources, target, `${path}/${part.name}`);
      const job = jobOf(context, part.source);
      await copyObject(job, `${part.source.directory}/${part.name}`, target);
    });
    await lendAttributes(context, sources, to, path);
  };
  await (isNew ? wholeOrNothing(to, context.givenUp, fill) : fill());
}

async function buildBeside(
  context: Context,
  sources: readonly Source[],
  to: Bytes,
  path: Bytes,
): Promise<void> {
  await putBeside(context, to, (beside) => build(context, sources, beside, path));
}

async function putBeside(
  context: Context,
  to: Bytes,
  make: (beside: Bytes) => Promise<void>,
): Promise<void> {
  await putInPlace(to, { durable: context.durable, signal: context.givenUp }, make);
  for (const job of context.jobs) await renamed(job, besideOf(to), to);
}

/** Adds the names that are missing, each built beside; what exists is not touched. */
async function complete(
  context: Context,
  sources: readonly Source[],
  to: Bytes,
  path: Bytes,
): Promise<void> {
  const isBare = (await entriesIn(to)).every(([name]) => isListedName(context, path, name));
  // A directory that was only the way to deeper entries is filled for the first time now: before
  // the first name, for a power cut, and after the last, for the times.
  if (isBare) await lendAttributes(context, sources, to, path);
  await rm(fsPath(`${to}/${besideName}`), { recursive: true, force: true });
  for (const part of await partsOf(context, sources, path)) {
    context.signal.throwIfAborted();
    const target = `${to}/${part.name}`;
    const child = `${path}/${part.name}`;
    const exists = await typeOf(target);
    if (part.kind === 'directory') {
      if (exists === 'dir') await complete(context, part.sources, target, child);
      else if (exists === undefined) await buildBeside(context, part.sources, target, child);
    } else {
      const job = jobOf(context, part.source);
      const from = `${part.source.directory}/${part.name}`;
      if (exists !== undefined) await adopt(job, from, target);
      else await putBeside(context, target, (beside) => copyObject(job, from, beside));
    }
  }
  if (isBare) await lendAttributes(context, sources, to, path);
  if (context.durable) await flush(to);
}

function isListedName({ leaveOut, above }: Context, path: Bytes, name: Bytes): boolean {
  const child = `${path}/${name}`;
  return leaveOut.has(child) || above.has(child);
}

/** A name in a source directory. */
interface Named {
  readonly source: Source;
  readonly type: Type;
}

type Type = 'dir' | 'socket' | 'other';

/** The names of all sources but the listed ones, each with the sources that take part (2.2, 2.6). */
async function partsOf(context: Context, sources: readonly Source[], path: Bytes): Promise<Part[]> {
  const holders = new Map<Bytes, Named[]>();
  for (const source of sources) {
    for (const [name, type] of await entriesIn(source.directory)) {
      if (name === besideName || context.leaveOut.has(`${path}/${name}`)) continue;
      const named = { source, type };
      const known = holders.get(name);
      if (known === undefined) holders.set(name, [named]);
      else known.push(named);
    }
  }
  return [...holders].flatMap(([name, having]) => partOf(context, name, having, `${path}/${name}`));
}

function partOf(
  { above, sockets }: Context,
  name: Bytes,
  having: readonly Named[],
  path: Bytes,
): Part[] {
  const [first] = having;
  if (first === undefined) return [];
  if (first.type === 'socket') sockets.push(path);
  else if (first.type !== 'dir' && !above.has(path)) {
    return [{ name, kind: 'object', source: first.source }];
  }
  const sources = having
    .filter(({ type }) => type === 'dir')
    .map(({ source }) => ({ ...source, directory: `${source.directory}/${name}` }));
  return sources.length === 0 ? [] : [{ name, kind: 'directory', sources }];
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

function jobOf({ jobs }: Context, { index }: Source): CopyJob {
  const job = jobs[index];
  if (job === undefined) throw new Error(`no source ${index}`);
  return job;
}

async function entriesIn(directory: Bytes): Promise<[name: Bytes, type: Type][]> {
  const entries = await readdir(fsPath(directory), { encoding: 'buffer', withFileTypes: true });
  return entries.map((entry) => [entry.name.toString('latin1'), typeIn(entry)]);
}

function typeIn(entry: { isDirectory(): boolean; isSocket(): boolean }): Type {
  if (entry.isDirectory()) return 'dir';
  return entry.isSocket() ? 'socket' : 'other';
}

async function typeOf(path: Bytes): Promise<Type | undefined> {
  try {
    return typeIn(await lstat(fsPath(path)));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** After a failure nothing more is begun, and nothing goes on behind its back. */
async function inGroups<Item>(
  { failed }: Context,
  items: readonly Item[],
  run: (item: Item) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < items.length; start += atOnce) {
    const works = items.slice(start, start + atOnce).map(async (item) => {
      try {
        await run(item);
      } catch (error) {
        failed.error ??= { cause: error };
        throw error;
      }
    });
    const results = await Promise.allSettled(works);
    if (results.some(({ status }) => status === 'rejected')) throw failed.error?.cause;
  }
}
