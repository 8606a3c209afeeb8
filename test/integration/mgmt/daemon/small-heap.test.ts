import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const source = new URL('../../../../mgmt/daemon/small-heap.ts', import.meta.url).href;

/** Makes garbage, much of which survives for a while, and tells the most that the heap became. */
const program = `
  import { getHeapSpaceStatistics } from 'node:v8';
  const [, , source, isSmall] = process.argv;
  if (isSmall === 'small') (await import(source)).keepHeapSmall();
  const alive = [];
  let young = 0;
  for (let count = 0; count < 500; count += 1) {
    alive[count % 100] = Array.from({ length: 2000 }, (_, index) => ({ index }));
    for (const { space_name, space_size } of getHeapSpaceStatistics()) {
      if (space_name === 'new_space') young = Math.max(young, space_size);
    }
  }
  console.log(young / 2 ** 20);`;

async function youngSpaceOf(kind: 'small' | 'usual'): Promise<number> {
  const argv = ['--input-type=module', '--eval', program, 'program', source, kind];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  return Number(stdout);
}

test('the space of young objects is made once, and stays as it is', async () => {
  expect(await youngSpaceOf('small')).toBe(16);
  expect(await youngSpaceOf('usual')).toBeGreaterThan(16);
});
