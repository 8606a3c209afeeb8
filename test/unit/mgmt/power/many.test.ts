import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import { onMany, paceOf } from '../../../../mgmt/power/many.ts';
import { clusterOf } from '../../../helpers/cluster.ts';
import { failure } from '../../../helpers/rows.ts';

const never = new AbortController().signal;
const nodes = Array.from({ length: 20 }, (_, index) => `cn${index}`);

const pace = (...site: Record<string, string>[]) => paceOf(clusterOf({ site }).site);

describe('onMany', () => {
  test('works on as many at a time as it may, and on all of them', async () => {
    let running = 0;
    let most = 0;
    const done: string[] = [];
    const work = async (node: string) => {
      running += 1;
      most = Math.max(most, running);
      await sleep(1);
      running -= 1;
      done.push(node);
    };
    await onMany(nodes, { width: 3, interval: 0 }, never, { work, failed: () => {} });
    expect(most).toBe(3);
    expect(done.toSorted()).toEqual(nodes.toSorted());
  });

  test('goes on after a failure, tells it at once, and gives it in the end', async () => {
    const done: string[] = [];
    const told: string[] = [];
    const toldBefore: string[] = [];
    const failures = await onMany(nodes, { width: 1, interval: 0 }, never, {
      work: async (node) => {
        if (node === 'cn3') throw new StateliteError('ERR_STATELITE_HARDWARE', 'no power');
        if (node === 'cn4') toldBefore.push(...told);
        done.push(node);
      },
      failed: ({ node }) => void told.push(node),
    });
    expect(done).toEqual(nodes.filter((node) => node !== 'cn3'));
    expect(toldBefore).toEqual(['cn3']);
    expect(failures.map(({ node, error }) => `${node} ${error.message}`)).toEqual(['cn3 no power']);
  });

  test('goes on after a bug, and ends with it', async () => {
    const done: string[] = [];
    const given = onMany(nodes, { width: 2, interval: 0 }, never, {
      work: async (node) => {
        if (node === 'cn0') throw new TypeError('a bug');
        done.push(node);
      },
      failed: () => {},
    });
    await expect(given).rejects.toThrow(TypeError);
    expect(done).toEqual(nodes.slice(1));
  });

  test('names all the nodes that a bug was at, and where it is', async () => {
    const given = onMany(nodes, { width: 2, interval: 0 }, never, {
      work: async (node) => {
        if (node !== 'cn3') throw new TypeError(`a bug of ${node}`);
      },
      failed: () => {},
    });
    await expect(given).rejects.toThrow(
      /^a bug at 19 nodes: cn0, cn1, cn2, cn4,[^\n]*\nTypeError: a bug of cn0\n[^\n]*many\.test\.ts/u,
    );
  });

  test('begins no more once it is told to stop', async () => {
    const stop = new AbortController();
    const done: string[] = [];
    const failures = await onMany(nodes, { width: 1, interval: 0 }, stop.signal, {
      work: async (node) => {
        done.push(node);
        if (node === 'cn2') stop.abort();
      },
      failed: () => {},
    });
    expect(done).toEqual(['cn0', 'cn1', 'cn2']);
    expect(failures).toHaveLength(17);
  });

  test('waits before each but the first', async () => {
    const stop = new AbortController();
    const begun: string[] = [];
    const failures = await onMany(['a', 'b'], { width: 2, interval: 3_600_000 }, stop.signal, {
      work: async (node) => {
        begun.push(node);
        stop.abort();
      },
      failed: () => {},
    });
    expect(begun).toEqual(['a']);
    expect(failures.map(({ node }) => node)).toEqual(['b']);
  });
});

describe('the pace', () => {
  test("is stock's without rows", () => {
    expect(pace()).toEqual({ width: 64, interval: 0 });
  });

  test('comes from site.ipmimaxp and site.powerinterval', () => {
    const given = pace({ key: 'ipmimaxp', value: '8' }, { key: 'powerinterval', value: '0.5' });
    expect(given).toEqual({ width: 8, interval: 500 });
  });

  test.for([
    ['ipmimaxp', '0'],
    ['ipmimaxp', '1.5'],
    ['ipmimaxp', 'many'],
    ['powerinterval', '-1'],
  ] as const)('cannot be %s %s', ([key, value]) => {
    expect(() => pace({ key, value })).toThrow(failure('ERR_STATELITE_TABLE', key, value));
  });
});
