import { createHash } from 'node:crypto';
import type { CaseRun } from './start-case.ts';
import type { Json, SeenTree } from './entry.ts';
import type { BootRun } from './run-boot.ts';
import type { Failure, ImageRun } from './run-image.ts';

/** Longer listings are summed up. */
const longestListing = 250;

/** What happened, in the form of `observed` in the recorded cases. */
export interface Outcome {
  readonly id: string;
  readonly liteimg: readonly { readonly [key: string]: Json }[];
  readonly boots: readonly { readonly [key: string]: Json }[];
  /** Why there is nothing: the case could not be run. */
  readonly error?: { readonly code: string; readonly message: string };
}

export function present(id: string, run: CaseRun): Outcome {
  return { id, liteimg: run.liteimg.map(presentImage), boots: run.boots.map(presentBoot) };
}

function presentImage(run: ImageRun): Outcome['liteimg'][number] {
  const after = listing(run.after);
  const changed = 'summary' in after ? { changed: changes(run.before, run.after) } : {};
  return {
    died: null,
    errors: run.failure === null ? [] : [run.failure.message],
    ...failed(run.failure),
    failed_commands: [],
    info: run.notes,
    stderr: [],
    stdout: [],
    image_after: { ...after, ...changed },
    host_run_after: run.hostRun,
  };
}

function presentBoot(run: BootRun): Outcome['boots'][number] {
  const paths = Object.entries(run.paths).map(([path, { entries, ...seen }]): [string, Json] => [
    path,
    plain(entries === undefined ? seen : { ...seen, entries: listing(entries) }),
  ]);
  return {
    ...failed(run.failure),
    paths: Object.fromEntries(paths),
    tmpfs: listing(run.tmpfs),
    ...(run.persistent === null ? {} : { persistent: listing(run.persistent) }),
    ...(run.localdisk === null ? {} : { localdisk: listing(run.localdisk) }),
    view: listing(run.view),
    mounts: run.mounts,
    log: run.steps,
    console: run.notices,
    stdout: [],
    stderr: [],
    exit: run.failure === null ? 0 : 1,
    timed_out: false,
    ...(run.writes === null ? {} : { node_writes: run.writes }),
  };
}

function failed(failure: Failure | null): { readonly error?: Json } {
  return failure === null ? {} : { error: { ...failure } };
}

/**
 * A listing as it is; of a long one how many objects it has, and the hash of its JSON. That tells one
 * of our listings from another; the form that the hashes of the records are of is not known.
 */
export function listing(tree: SeenTree): { readonly [key: string]: Json } {
  const entries = Object.keys(tree).length;
  if (entries <= longestListing) return plain(tree);
  const hash = createHash('sha256').update(JSON.stringify(tree)).digest('hex');
  return { summary: { entries, tree_sha256: hash } };
}

/**
 * What became of a tree: objects that were added or removed, the topmost with the number of those
 * below, and those that are different now.
 */
function changes(before: SeenTree, after: SeenTree): { readonly [key: string]: Json } {
  const added = Object.keys(after).filter((path) => !(path in before));
  const removed = Object.keys(before).filter((path) => !(path in after));
  const told: [string, Json][] = [];
  for (const path of topmost(added)) {
    told.push([path, { change: 'added', now: plain(after[path]), ...countBelow(path, added) }]);
  }
  for (const path of topmost(removed)) {
    const was = before[path]?.type ?? 'missing';
    told.push([path, { change: 'removed', was, ...countBelow(path, removed) }]);
  }
  for (const [path, was] of Object.entries(before)) {
    const now = after[path];
    if (now === undefined || JSON.stringify(was) === JSON.stringify(now)) continue;
    told.push([path, { change: 'changed', was: plain(was), now: plain(now) }]);
  }
  return Object.fromEntries(told.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function topmost(paths: readonly string[]): string[] {
  const all = new Set(paths);
  return paths.filter((path) => !all.has(path.slice(0, path.lastIndexOf('/'))));
}

function countBelow(path: string, paths: readonly string[]): { readonly descendants?: number } {
  const descendants = paths.filter((other) => other.startsWith(`${path}/`)).length;
  return descendants === 0 ? {} : { descendants };
}

/** The same as JSON; undefined members vanish. */
function plain(value: object | undefined): { readonly [key: string]: Json } {
  return JSON.parse(JSON.stringify(value ?? {})); // of plain values only
}
