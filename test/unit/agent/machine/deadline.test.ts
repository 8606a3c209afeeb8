import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  type Budget,
  Deadline,
  pauseAfter,
  retry,
  TryLater,
} from '../../../../agent/machine/deadline.ts';
import { recordingLogger } from '../../../helpers/recording-logger.ts';
import { failure } from '../../../helpers/rows.ts';

const never = (): Promise<never> => new Promise(() => {});

describe('5.7 the deadline', () => {
  test('names what hangs when the time is up', async () => {
    const guarded = new Deadline(0).guard(never(), () => 'query');
    await expect(guarded).rejects.toThrow(
      failure('ERR_STATELITE_DEADLINE', 'within 0 s', 'hangs at: query'),
    );
  });

  test('is beaten by a result, and by an error', async () => {
    const deadline = new Deadline(0);
    expect(await deadline.guard(Promise.resolve('done'), () => '')).toBe('done');
    await expect(deadline.guard(Promise.reject(new Error('own')), () => '')).rejects.toThrow('own');
  });

  test('never has less than nothing left', () => {
    expect(new Deadline(-1).left).toBe(0);
    expect(new Deadline(10).left).toBeGreaterThan(9000);
  });

  test('stands still while a shell is open', async () => {
    const deadline = new Deadline(0.05);
    const work = deadline.paused(async () => {
      await delay(250); // longer than the deadline, and than the guard's look at it
    });
    await deadline.guard(work, () => 'pause');
    expect(deadline.left).toBeGreaterThan(0);
  });

  test('goes on after a shell that failed', async () => {
    const deadline = new Deadline(0.05);
    const shell = deadline.paused(() => Promise.reject(new Error('no shell')));
    await expect(shell).rejects.toThrow('no shell');
    await expect(deadline.guard(never(), () => 'x')).rejects.toThrow(
      failure('ERR_STATELITE_DEADLINE'),
    );
  });
});

/** Time that passes only by waiting for it. */
function budget(milliseconds: number): Budget & { readonly waits: number[] } {
  const waits: number[] = [];
  return {
    waits,
    get left() {
      return milliseconds - waits.reduce((sum, wait) => sum + wait, 0);
    },
    wait: async (pause) => void waits.push(pause),
  };
}

/** Fails so many times, each with its number. */
function failing(times: number) {
  let tried = 0;
  return async () => {
    tried += 1;
    if (tried <= times) throw new Error(`failure ${tried}`);
    return tried;
  };
}

const isThird = (error: unknown, times: number) => String(error).includes('3') && times === 3;

describe('trying again', () => {
  test('gives the first result, and says what it waits for', async () => {
    const deadline = budget(60_000);
    const { log, lines } = recordingLogger();
    expect(await retry({ deadline, log, what: 'query' }, failing(4))).toBe(5);
    expect(deadline.waits).toHaveLength(4);
    for (const [index, wait] of deadline.waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(pauseAfter(index + 1, () => 0));
      expect(wait).toBeLessThanOrEqual(pauseAfter(index + 1, () => 1));
    }
    expect(lines[1]).toMatch(/^warn: query: failure 2; trying again in \d\.\d s$/u);
  });

  test('tells each attempt how many there were', async () => {
    const seen: number[] = [];
    const attempt = async (times: number) => {
      seen.push(times);
      if (times < 3) throw new Error('not yet');
    };
    await retry({ deadline: budget(60_000), log: recordingLogger().log, what: 'x' }, attempt);
    expect(seen).toEqual([1, 2, 3]);
  });

  test('gives the last error when no time is left for another try', async () => {
    const deadline = budget(10_000);
    const { log } = recordingLogger();
    const trying = retry({ deadline, log, what: 'query' }, failing(1000));
    await expect(trying).rejects.toThrow(/failure [4-9]$/u);
    expect(deadline.left).toBeGreaterThan(0);
  });

  test('waits as long as the server asked for, and a while longer, each node another', async () => {
    const deadline = budget(60_000);
    const cause = new TryLater(7000);
    const trying = retry({ deadline, log: recordingLogger().log, what: 'query' }, () =>
      Promise.reject(new Error('busy', { cause })),
    );
    await expect(trying).rejects.toThrow('busy');
    const [first = 0, second = 0] = deadline.waits;
    expect(first).toBeGreaterThan(7000);
    expect(first).toBeLessThanOrEqual(7500);
    expect(second).toBeGreaterThan(7000);
    expect(second).toBeLessThanOrEqual(8000);
  });

  test('has a last try at the end of its time, whatever the server asked for', async () => {
    const deadline = budget(20_000);
    let tries = 0;
    const busy = () => {
      tries += 1;
      throw new Error('busy', { cause: new TryLater(3_600_000) });
    };
    const trying = retry({ deadline, log: recordingLogger().log, what: 'query' }, busy);
    await expect(trying).rejects.toThrow('busy');
    expect([tries, deadline.left]).toEqual([2, 1000]);
  });

  test('ends at once with an error that no waiting can mend', async () => {
    const deadline = budget(60_000);
    const trying = retry(
      { deadline, log: recordingLogger().log, what: 'x', isFinal: isThird },
      failing(1000),
    );
    await expect(trying).rejects.toThrow('failure 3');
    expect(deadline.waits).toHaveLength(2);
  });
});

describe('pauses', () => {
  test.for([
    [1, 500],
    [2, 1000],
    [3, 2000],
    [6, 10_000],
    [100, 10_000],
  ] as const)('after try %d: up to %d ms, all of it by chance', ([times, most]) => {
    expect(pauseAfter(times, () => 0)).toBe(100);
    expect(pauseAfter(times, () => 0.5)).toBe(most / 2);
    expect(pauseAfter(times, () => 1)).toBe(most);
  });
});
