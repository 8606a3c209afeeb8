import { describe, expect, test } from 'vitest';
import { batchStatuses } from '../../../../mgmt/daemon/status-writes.ts';
import type { Rows, Store } from '../../../../mgmt/db/store.ts';

/** A nodelist that counts its transactions; `fails` of them do. */
function nodelist(names: readonly string[], fails = 0) {
  const statuses = new Map(names.map((name) => [name, '']));
  const batches: string[][] = [];
  const rows = {
    select: async (_: unknown, where: { readonly node: string }) =>
      statuses.has(where.node) ? [{ node: where.node }] : [],
    upsertAll: async (_: unknown, all: readonly { node: string; status: string }[]) => {
      batches.push(all.map(({ node, status }) => `${node} ${status}`));
      for (const { node, status } of all) statuses.set(node, status);
    },
  };
  let transactions = 0;
  const note = async (fn: (given: Rows) => Promise<unknown>) => {
    transactions += 1;
    if (transactions <= fails) throw new Error('the disk is full');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the two that are used
    return fn(rows as unknown as Rows);
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- generic, unlike this one
  const store = { note } as unknown as Store;
  const results: string[] = [];
  const writes = batchStatuses(
    () => store,
    (result) => void results.push(result),
  );
  return { writes, statuses, batches, results, transactions: () => transactions };
}

describe('statuses', () => {
  test('that come together are one transaction, the last word of a node counts', async () => {
    const { writes, batches, transactions, results } = nodelist(['n1', 'n2']);
    await Promise.all([
      writes.record('n1', 'netbooting'),
      writes.record('n2', 'netbooting'),
      writes.record('n1', 'booted'),
    ]);
    expect(batches).toEqual([['n1 booted', 'n2 netbooting']]);
    expect([transactions(), results]).toEqual([1, ['ok', 'ok']]);
  });

  test('that come while others are written follow together', async () => {
    const { writes, batches } = nodelist(['n1', 'n2', 'n3']);
    await writes.record('n1', 'booting');
    await Promise.all([writes.record('n2', 'booting'), writes.record('n3', 'booting')]);
    expect(batches).toEqual([['n1 booting'], ['n2 booting', 'n3 booting']]);
  });

  test('that could not be written are told to all who wait, and the next are tried', async () => {
    const { writes, results } = nodelist(['n1', 'n2'], 1);
    const both = [writes.record('n1', 'booting'), writes.record('n2', 'booting')];
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await writes.record('n1', 'booted');
    expect(results).toEqual(['failed', 'failed', 'ok']);
  });

  test('of a node that has left the tables do not bring it back', async () => {
    const { writes, statuses } = nodelist(['n1']);
    await writes.record('gone', 'booted');
    expect([...statuses.keys()]).toEqual(['n1']);
  });

  test('are all written when it is idle', async () => {
    const { writes, statuses } = nodelist(['n1']);
    void writes.record('n1', 'booted');
    await writes.idle();
    expect(statuses.get('n1')).toBe('booted');
  });

  test('that were committed after a moment are known without reading the tables', async () => {
    const { writes } = nodelist(['n1', 'n2']);
    await writes.record('n1', 'booting');
    const latest = writes.since(writes.mark());
    expect(latest('n1')).toBeUndefined();
    await writes.record('n2', 'booted');
    expect(latest('n2')).toMatchObject({ node: 'n2', status: 'booted' });
  });
});
