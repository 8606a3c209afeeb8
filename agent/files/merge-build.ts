import { rm } from 'node:fs/promises';
import { type Op, performBatch } from './batch.ts';
import { type Bytes, directoriesAbove, fsPath, textOf } from './bytes.ts';
import type { CopyCalls, CopyJob, CopyWishes } from './copy.ts';
import { jobOf, lenderOf, type Merging, type Part, partsOf, type Source } from './merge-parts.ts';

/** How many changes one trip into the thread pool makes; a boot that is given up waits for them. */
const perTrip = 64;

/** How many threads the pool has (UV_THREADPOOL_SIZE). */
const threads = 4;

interface Work extends Op {
  readonly job: CopyJob | undefined;
}

/** What is to be made, in the order of the stages. */
interface Works {
  readonly directories: Work[];
  readonly objects: Work[];
  readonly links: Work[];
  /** Directories after what is in them: their times are the last that is set. */
  readonly attributes: Work[];
}

/**
 * Makes a directory with everything of its sources; it may be there already for a deeper entry's
 * sake. After a failure the directories that are new are taken away again.
 */
export async function buildDirectory(
  calls: CopyCalls,
  merging: Merging,
  top: { readonly sources: readonly Source[]; readonly to: Bytes; readonly path: Bytes },
  { durable, signal, copied }: CopyWishes,
): Promise<void> {
  const works: Works = { directories: [], objects: [], links: [], attributes: [] };
  collect(works, merging, top, durable === true);
  const made = new Set<Bytes>();
  const perform = async (batch: readonly Work[]): Promise<void> => {
    signal?.throwIfAborted();
    await performBatch(
      calls,
      batch,
      ({ kind, to, job }, result) => {
        if (kind === 'directory' && result > 0) made.add(to);
        else if (result > 0) job?.lost.add(textOf(to));
      },
      copied,
    );
    signal?.throwIfAborted();
  };
  try {
    for (const { stage, atOnce } of stagesOf(works)) await inTrips(stage, atOnce, perform);
  } catch (error) {
    if (signal?.aborted !== true) await takeAway(made);
    throw error;
  }
}

function collect(
  works: Works,
  merging: Merging,
  { sources, to, path }: { sources: readonly Source[]; to: Bytes; path: Bytes },
  durable: boolean,
): void {
  works.directories.push({ kind: 'directory', from: '', to, job: undefined });
  for (const part of partsOf(merging, sources, path)) {
    const place = { to: `${to}/${part.name}`, path: `${path}/${part.name}` };
    if (part.kind === 'object') collectObject(works, merging, part, place.to, durable);
    else collect(works, merging, { sources: part.sources, ...place }, durable);
  }
  const lender = lenderOf(merging, sources, path);
  if (lender === undefined) return;
  const job = jobOf(merging, lender);
  works.attributes.push({ kind: 'attributes', from: lender.directory, to, job });
}

function collectObject(
  { objects, links }: Works,
  merging: Merging,
  { source, name, entry }: Extract<Part, { kind: 'object' }>,
  to: Bytes,
  durable: boolean,
): void {
  const job = jobOf(merging, source);
  const { inode } = entry;
  const first = inode === undefined ? undefined : job.linked.get(inode);
  if (first !== undefined) {
    links.push({ kind: 'link', from: first, to, job });
    return;
  }
  if (inode !== undefined) {
    job.linked.set(inode, to);
    job.recent.add(inode);
  }
  job.copied.objects += 1;
  job.copied.bytes += entry.bytes;
  const kind = durable ? 'durable object' : 'object';
  objects.push({ kind, from: `${source.directory}/${name}`, to, job });
}

/** What fits into one trip goes in one. Each directory needs the one above it. */
function stagesOf({ directories, objects, links, attributes }: Works) {
  const all = [...directories, ...objects, ...links, ...attributes];
  if (all.length <= perTrip) return [{ stage: all, atOnce: 1 }];
  const independent = [objects, links, attributes].map((stage) => ({ stage, atOnce: threads }));
  return [{ stage: directories, atOnce: 1 }, ...independent];
}

/** After a failure nothing more is begun, and nothing goes on behind its back. */
async function inTrips(
  works: readonly Work[],
  atOnce: number,
  perform: (batch: readonly Work[]) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed: { readonly cause: unknown } | undefined;
  const trips = async (): Promise<void> => {
    while (failed === undefined && next < works.length) {
      const batch = works.slice(next, (next += perTrip));
      try {
        await perform(batch);
      } catch (cause) {
        failed ??= { cause };
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, trips));
  if (failed !== undefined) throw failed.cause;
}

/** What stopped the work is what counts, also where a dead server does not let us tidy up. */
async function takeAway(made: ReadonlySet<Bytes>): Promise<void> {
  const tops = [...made].filter((path) =>
    [...directoriesAbove([path])].every((at) => !made.has(at)),
  );
  await Promise.allSettled(tops.map((path) => rm(fsPath(path), { recursive: true, force: true })));
}
