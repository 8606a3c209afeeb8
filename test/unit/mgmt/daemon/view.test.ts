import { expect, test } from 'vitest';
import { cachedByVersion } from '../../../../mgmt/daemon/view.ts';

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
