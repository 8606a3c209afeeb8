import { formatStatusTime } from '../../agent/protocol/status.ts';
import type { Store } from '../db/store.ts';
import { tables } from '../db/tables.ts';
import type { NodeStatus } from './deps.ts';

/** Writes what nodes say of themselves, many at a time. */
export interface StatusWrites {
  /** Resolves when it is committed; rejects if it could not be. */
  readonly record: (node: string, status: string) => Promise<void>;
  /** A moment, for `since`: what was committed before it is in a snapshot that is read after it. */
  readonly mark: () => number;
  /** The status of a node, if one was committed after the moment. */
  readonly since: (mark: number) => (node: string) => NodeStatus | undefined;
  /** Resolves when nothing waits any more. */
  readonly idle: () => Promise<void>;
}

/** From one transaction to the next, in milliseconds: a machine room may not cost more than ten a second. */
const interval = 100;
/** More keys at a time are looked for by reading the whole table. */
const portion = 100;

interface Waiting extends NodeStatus {
  readonly status: string;
  readonly statustime: string;
  readonly settle: PromiseWithResolvers<void>[];
}

/**
 * The first status is written at once, those that come within the next 100 ms together. The last word
 * of a node counts. A node that has meanwhile left the tables is not added again. `wrote` is
 * told of each node that was committed, or not.
 */
export function batchStatuses(
  store: () => Pick<Store, 'note'>,
  wrote: (result: 'ok' | 'failed') => void,
): StatusWrites {
  const committed = new Map<string, NodeStatus & { readonly mark: number }>();
  let waiting = new Map<string, Waiting>();
  let writing: Promise<void> | undefined;
  let mark = 0;

  const write = async () => {
    const batch = [...waiting.values()];
    waiting = new Map();
    try {
      await writeAll(store(), batch);
      mark += 1;
      for (const { node, status, statustime } of batch) {
        committed.set(node, { node, status, statustime, mark });
      }
      for (const { settle } of batch) {
        wrote('ok');
        for (const { resolve } of settle) resolve();
      }
    } catch (error) {
      for (const { settle } of batch) {
        wrote('failed');
        for (const { reject } of settle) reject(error);
      }
    }
  };
  const writeUntilNoneWait = async () => {
    // What comes in the same turn of the event loop goes with the first.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.size > 0) {
      await write();
      await new Promise((resolve) => setTimeout(resolve, interval));
    }
    writing = undefined;
  };

  return {
    record(node, status) {
      const settled = Promise.withResolvers<void>();
      const settle = [...(waiting.get(node)?.settle ?? []), settled];
      waiting.set(node, { node, status, statustime: formatStatusTime(new Date()), settle });
      writing ??= writeUntilNoneWait();
      return settled.promise;
    },
    mark: () => mark,
    since: (moment) => (node) => {
      const last = committed.get(node);
      return last !== undefined && last.mark > moment ? last : undefined;
    },
    idle: async () => writing,
  };
}

async function writeAll(store: Pick<Store, 'note'>, batch: readonly Waiting[]): Promise<void> {
  await store.note(async (rows) => {
    for (let start = 0; start < batch.length; start += portion) {
      const there = [];
      for (const { node, status, statustime } of batch.slice(start, start + portion)) {
        const [row] = await rows.select(tables.nodelist, { node });
        if (row !== undefined) there.push({ node, status, statustime });
      }
      await rows.upsertAll(tables.nodelist, there);
    }
  });
}
