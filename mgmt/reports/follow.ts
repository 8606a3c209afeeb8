import { type FSWatcher, watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { hasCode } from '../../agent/errors.ts';
import { parsePartial } from './place.ts';
import type { ReportReader, StoredReport } from './read.ts';

/** Watches lose events, and a limit of the kernel may refuse one: so often everything is looked at. */
const lookEvery = 2000;

/** A rack reports at once: so long its events are gathered. */
const gather = 50;

/**
 * Every report that comes from now on, of one node or of all, until the signal. `damaged` gets what
 * is wrong with one that cannot be read. What is there is known before `ready` is called.
 */
export async function* followReports(
  reader: ReportReader,
  signal: AbortSignal,
  {
    node,
    ready,
    damaged,
  }: {
    readonly node?: string | undefined;
    readonly ready: () => void;
    readonly damaged: (why: string) => void;
  },
): AsyncGenerator<StoredReport> {
  await mkdir(reader.directory, { recursive: true });
  const events = watchReports(reader.directory, signal);
  const known = new Map<string, ReadonlySet<string>>();
  const news = async (names: readonly string[]): Promise<StoredReport[]> => {
    const found: StoredReport[] = [];
    for (const name of names) {
      const before = known.get(name);
      const ids = await reader.ids(name);
      known.set(name, new Set(ids));
      for (const id of ids.filter((each) => before?.has(each) !== true)) {
        try {
          const stored = await reader.read(name, id);
          if (stored !== undefined) found.push(stored);
        } catch (error) {
          if (!hasCode(error, 'ERR_STATELITE_NOT_FOUND')) throw error;
          damaged(error.message);
        }
      }
    }
    return found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  };
  const isAsked = (name: string) => node === undefined || name === node;
  const everyone = async () => (node === undefined ? reader.nodes() : [node]);
  try {
    for (const name of await everyone()) known.set(name, new Set(await reader.ids(name)));
    ready();
    for (;;) {
      const names = await events.next();
      if (signal.aborted) return;
      const ours = names === 'look at all' ? await everyone() : names.filter(isAsked);
      yield* await news(ours);
    }
  } finally {
    events.close();
  }
}

interface Events {
  /** The nodes that reported since, or that nothing was heard for a while. */
  readonly next: () => Promise<readonly string[] | 'look at all'>;
  readonly close: () => void;
}

/** Partial files come and go in the directory above those of the nodes: one watch sees all. */
function watchReports(directory: string, signal: AbortSignal): Events {
  const names = new Set<string>();
  let isUnclear = false;
  let wake: (() => void) | undefined;
  const untilWoken = async (milliseconds: number) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    const timer = globalThis.setTimeout(resolve, milliseconds);
    await promise;
    clearTimeout(timer);
  };
  const onEvent = (_: string, file: string | null) => {
    const partial = file === null ? undefined : parsePartial(file);
    if (partial === undefined) isUnclear = true;
    else names.add(partial.node);
    wake?.();
  };
  const watcher = tryWatch(directory, onEvent);
  signal.addEventListener('abort', () => wake?.());
  let looked = Date.now();
  return {
    next: async () => {
      const rest = Math.max(0, looked + lookEvery - Date.now());
      if (names.size === 0 && !isUnclear && !signal.aborted) await untilWoken(rest);
      if (!signal.aborted && Date.now() < looked + lookEvery) {
        await setTimeout(gather);
      }
      const heard = [...names];
      names.clear();
      if (!isUnclear && Date.now() < looked + lookEvery) return heard;
      isUnclear = false;
      looked = Date.now();
      return 'look at all';
    },
    close: () => watcher?.close(),
  };
}

/** Undefined if the kernel has no watch to give: then looking has to do. */
function tryWatch(
  directory: string,
  onEvent: (kind: string, file: string | null) => void,
): FSWatcher | undefined {
  try {
    const watcher = watch(directory, onEvent);
    // A watch that fails later, with the directory for one, ends; looking goes on.
    return watcher.on('error', () => watcher.close());
  } catch (error) {
    if (hasCode(error, 'ENOSPC', 'EMFILE')) return undefined;
    throw error;
  }
}
