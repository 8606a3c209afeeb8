import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { oncePerTurn } from '../../../../mgmt/daemon/once-per-turn.ts';

describe('oncePerTurn', () => {
  test('all who ask in a turn of the event loop get one answer', async () => {
    let asked = 0;
    const ask = oncePerTurn(async () => (asked += 1));
    const first = await Promise.all([ask(), ask(), ask()]);
    expect({ first, asked }).toEqual({ first: [1, 1, 1], asked: 1 });
  });

  test('the next turn asks anew', async () => {
    let asked = 0;
    const ask = oncePerTurn(async () => (asked += 1));
    await ask();
    await turn();
    expect(await ask()).toBe(2);
  });

  test('an answer that comes turns later is not given to who asks meanwhile', async () => {
    const answers: ((value: string) => void)[] = [];
    const ask = oncePerTurn(() => new Promise<string>((resolve) => void answers.push(resolve)));
    const early = ask();
    await turn();
    const late = ask();
    for (const [index, answer] of answers.entries()) answer(`answer ${index}`);
    expect(await Promise.all([early, late])).toEqual(['answer 0', 'answer 1']);
  });

  test('all of a turn hear of a failure, and the next asks again', async () => {
    let asked = 0;
    const ask = oncePerTurn(async () => {
      asked += 1;
      if (asked === 1) throw new Error('away');
      return asked;
    });
    const outcomes = await Promise.allSettled([ask(), ask()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await turn();
    expect(await ask()).toBe(2);
  });
});
