import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fewAtOnce } from '../../../mgmt/few-at-once.ts';

/** Commands that end when they are told to. */
function commands(limit: number) {
  const started = new Map<string, PromiseWithResolvers<{ output: string }>>();
  const run = fewAtOnce((text: string) => {
    const ended = Promise.withResolvers<{ output: string }>();
    started.set(text, ended);
    return ended.promise;
  }, limit);
  return { started, run };
}

test('commands run as many at a time as they may, the others in their order', async () => {
  const { started, run } = commands(2);
  const results = ['a', 'b', 'c', 'd'].map(run);
  expect([...started.keys()]).toEqual(['a', 'b']);
  started.get('b')?.resolve({ output: 'B' });
  expect(await results[1]).toEqual({ output: 'B' });
  expect([...started.keys()]).toEqual(['a', 'b', 'c']);
  for (const name of ['a', 'c']) started.get(name)?.resolve({ output: name });
  await Promise.all([results[0], results[2]]);
  expect(started.has('d')).toBe(true);
});

test('one that fails leaves its place to the next', async () => {
  const { started, run } = commands(1);
  const failing = run('a');
  const next = run('b');
  started.get('a')?.reject(new Error('gone'));
  await expect(failing).rejects.toThrow('gone');
  await setImmediate();
  started.get('b')?.resolve({ output: 'B' });
  expect(await next).toEqual({ output: 'B' });
  void run('c');
  expect(started.has('c')).toBe(true);
});
