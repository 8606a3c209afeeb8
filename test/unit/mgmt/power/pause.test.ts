import { expect, test } from 'vitest';
import { pauseFor } from '../../../../mgmt/power/pause.ts';
import { failure } from '../../../helpers/rows.ts';

test('a pause that is interrupted says in the midst of what', async () => {
  const stop = new AbortController();
  const pause = pauseFor(3_600_000, stop.signal, 'between off and on');
  stop.abort();
  await expect(pause).rejects.toThrow(
    failure('ERR_STATELITE_HARDWARE', 'was interrupted between off and on'),
  );
});

test('a pause ends', async () => {
  await expect(pauseFor(1, new AbortController().signal, '')).resolves.toBeUndefined();
});
