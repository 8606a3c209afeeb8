import { expect, test } from 'vitest';
import { cachedByVersion } from '../../../../mgmt/daemon/snapshot.ts';

test('what was built is kept until the version changes', async () => {
  let version = '1';
  let built = 0;
  const get = cachedByVersion(
    async () => version,
    async () => ++built,
  );
  expect([await get(), await get()]).toEqual([1, 1]);
  version = '2';
  expect([await get(), await get()]).toEqual([2, 2]);
});

test('two who ask at once get one build', async () => {
  let built = 0;
  const get = cachedByVersion(
    async () => '1',
    async () => ++built,
  );
  expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
});

test('a failed build is tried again by the next who asks', async () => {
  let tries = 0;
  const get = cachedByVersion(
    async () => '1',
    async () => {
      if (++tries === 1) throw new Error('the database is gone');
      return tries;
    },
  );
  await expect(get()).rejects.toThrow('the database is gone');
  expect(await get()).toBe(2);
});

/** A build that ends when it is told to. */
function gatedBuild() {
  const gates: PromiseWithResolvers<void>[] = [];
  let running = 0;
  let most = 0;
  return {
    gates,
    most: () => most,
    build: async () => {
      const number = gates.length + 1;
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      most = Math.max(most, (running += 1));
      await gate.promise;
      running -= 1;
      return number;
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('changes during a build cost one more, whoever asks and however often', async () => {
  let version = 0;
  const { gates, most, build } = gatedBuild();
  const get = cachedByVersion(async () => String(version), build);
  const first = get();
  await turn();
  const later = Array.from({ length: 20 }, async () => {
    version += 1;
    return get();
  });
  await turn();
  gates[0]?.resolve();
  await turn();
  gates[1]?.resolve();
  expect(await first).toBe(1);
  expect(new Set(await Promise.all(later))).toEqual(new Set([2]));
  expect([gates.length, most()]).toEqual([2, 1]);
});

test('who asks after a change does not get what was begun before it', async () => {
  let version = 'old';
  const { gates, build } = gatedBuild();
  const get = cachedByVersion(async () => version, build);
  const before = get();
  await turn();
  version = 'new';
  const after = get();
  gates[0]?.resolve();
  await turn();
  gates[1]?.resolve();
  expect([await before, await after]).toEqual([1, 2]);
});
