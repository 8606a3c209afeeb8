import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootWithInit } from '../../../helpers/boot-with-init.ts';

let work: string;

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'statelite-'));
});
afterEach(() => rm(work, { recursive: true }));

describe('a node of busybox and openssl alone', () => {
  test('runs its scripts, has booted, and says so before its network goes down', async () => {
    const { statuses, log, shutdown, console } = await bootWithInit({
      work,
      scripts: { first: 'echo "first: $1, $NODE in $PWD"', 'site/second': 'echo "second: ran"' },
      list: 'first "a  b",site/second',
      until: 'booted',
    });
    expect(statuses).toEqual([
      'n1 postbooting',
      'n1 postscripts=ok',
      'n1 booted',
      'n1 powering-off',
    ]);
    expect(log?.match(/^\w+: .*$/gmu)).toEqual(['first: a  b, n1 in /xcatpost', 'second: ran']);
    expect(console).toContain('network down\n');
    expect(shutdown).toBeLessThan(30_000);
  }, 60_000);

  test('goes down in time while a script hangs and nobody answers it', async () => {
    const { statuses, shutdown } = await bootWithInit({
      work,
      scripts: { first: 'sleep 1000' },
      list: 'first',
      until: 'postbooting',
      isLeftAlone: true,
    });
    expect(statuses).toEqual(['n1 postbooting']);
    expect(shutdown).toBeLessThan(30_000);
  }, 60_000);
});
