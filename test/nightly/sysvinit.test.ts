import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hasCode } from '../../agent/errors.ts';
import { bootWithInit } from '../helpers/boot-with-init.ts';
import { settings } from '../vm/fixtures.ts';

/** What Debian's init is made of where it is not systemd; 400 kB, without a dependency besides. */
const packages = ['sysvinit-core', 'sysv-rc', 'initscripts', 'insserv', 'startpar'];

const run = promisify(execFile);
let sysvinit: string;
let work: string;

beforeAll(async () => {
  sysvinit = join(settings.cache, 'sysvinit');
  if (await isThere(sysvinit)) return;
  await mkdir(settings.cache, { recursive: true });
  const beside = await mkdtemp(`${sysvinit}.`);
  const debs = join(beside, 'debs');
  await mkdir(debs);
  await run('apt-get', ['download', ...packages], { cwd: debs });
  const unpacked = join(beside, 'unpacked');
  for (const deb of await readdir(debs)) await run('dpkg-deb', ['-x', join(debs, deb), unpacked]);
  await rename(unpacked, sysvinit);
  await rm(beside, { recursive: true });
}, 120_000);
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'statelite-'));
});
afterEach(() => rm(work, { recursive: true }));

async function isThere(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).length > 0;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function boot(scripts: Readonly<Record<string, string>>, until: string) {
  return bootWithInit({ work, sysvinit, scripts, list: Object.keys(scripts).join(), until });
}

/** Services start at the same time there, and /run lets nothing be run. */
describe('a node with the sysvinit of Debian', () => {
  test('runs its scripts after every service, and says how it is', async () => {
    const end = await boot({ first: 'echo "first: $NODE in $PWD"' }, 'booted');
    expect(end.console).toContain('makefile-style concurrent boot in runlevel 2');
    expect(end.log).toContain('first: n1 in /xcatpost\n');
    expect(end.statuses).toEqual([
      'n1 postbooting',
      'n1 postscripts=ok',
      'n1 booted',
      'n1 powering-off',
    ]);
    expect(end.console).toContain('Will now halt');
    expect(end.shutdown).toBeLessThan(30_000);
  }, 90_000);

  test('runs them once per boot, though they change the runlevel', async () => {
    const { statuses } = await boot({ level: 'telinit 3; sleep 2; exit 3' }, 'failed');
    expect(statuses).toEqual([
      'n1 postbooting',
      'n1 postscripts=failed:level:3',
      'n1 failed',
      'n1 powering-off',
    ]);
  }, 90_000);

  test('starts its gettys and goes down while one of them hangs', async () => {
    const { statuses, shutdown } = await boot({ hangs: 'sleep 1000' }, 'postbooting');
    expect(statuses).toEqual(['n1 postbooting', 'n1 powering-off']);
    expect(shutdown).toBeLessThan(30_000);
  }, 90_000);
});
