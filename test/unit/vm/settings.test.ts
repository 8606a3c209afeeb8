import { expect, test } from 'vitest';
import { labSettings } from '../../../vm/settings.ts';

test('without variables the lab skips, clears up and caches for the machine', () => {
  expect(labSettings({})).toMatchObject({
    cache: '/var/cache/statelite',
    keepDirectory: false,
    strict: false,
  });
});

test('each has its variable', () => {
  const env = { STATELITE_CACHE: '/c', STATELITE_KEEP_VM: '1', STATELITE_TEST_STRICT: '1' };
  expect(labSettings(env)).toMatchObject({ cache: '/c', keepDirectory: true, strict: true });
});
