import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test as base } from 'vitest';
import { exec } from '../../vm/exec.ts';
import {
  type Distribution,
  rpmDistribution,
  zypperDistribution,
} from '../distributions/distribution.ts';

/** The first to ask builds them. */
const buildTime = 300_000;

/** `root`: an empty directory; `on` runs a package manager with settings of its own. */
// oxlint-disable-next-line no-empty-pattern -- vitest reads what a fixture needs from its pattern
const test = base.extend('machine', async ({}, { onCleanup }) => {
  const directory = await mkdtemp(join(tmpdir(), 'statelite-distribution-'));
  onCleanup(() => rm(directory, { recursive: true }));
  const home = join(directory, 'home');
  const root = join(directory, 'root');
  await mkdir(home);
  await mkdir(root);
  // Debian's rpm keeps its database in the home directory unless told otherwise.
  await writeFile(join(home, '.rpmmacros'), '%_dbpath /var/lib/rpm\n');
  const env = {
    HOME: home,
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C.UTF-8',
    ZYPP_LOGFILE: join(home, 'zypper.log'),
  };
  /** In a mount namespace of its own: whatever a package manager mounts goes with it. */
  const on = (...argv: string[]) =>
    exec(['unshare', '--mount', ...argv], { env, timeout: 120_000 });
  return { directory, root, on } satisfies Machine;
});

interface Machine {
  readonly directory: string;
  readonly root: string;
  readonly on: (...argv: string[]) => Promise<string>;
}

async function dnf({ directory, root, on }: Machine, urls: readonly string[]) {
  const repositories = urls.map((url, at) => `[r${at}]\nname=r${at}\nbaseurl=file://${url}\n`);
  const own = join(directory, 'dnf');
  const main = `[main]\ncachedir=${own}/cache\nlogdir=${own}/log\npersistdir=${own}/state\ngpgcheck=0\nplugins=0\n`;
  const config = join(directory, 'dnf.conf');
  await writeFile(config, main + repositories.join(''));
  const options = [`--config=${config}`, `--setopt=reposdir=${own}/none`, '--releasever=9'];
  return (...words: string[]) => on('dnf', '-y', ...options, `--installroot=${root}`, ...words);
}

async function zypper({ root, on }: Machine, url: string) {
  const run = (...words: string[]) =>
    on('zypper', '--non-interactive', '--no-gpg-checks', `--root=${root}`, ...words);
  await run('addrepo', `dir://${url}`, 'medium');
  return run;
}

async function packages({ root, on }: Machine): Promise<string[]> {
  const printed = await on('rpm', `--root=${root}`, '-qa', '--queryformat', '%{NAME}\n');
  return printed.trim().split('\n').toSorted();
}

/** What makes a root: an init, a shell, programs, a kernel and its modules, and nothing damaged. */
async function expectRoot(machine: Machine, { kernel }: Distribution): Promise<void> {
  const { root, on } = machine;
  expect(await on('rpm', `--root=${root}`, '--verify', '--all')).toBe('');
  expect(await on('chroot', root, '/bin/sh', '-c', 'id -un && readlink -f /sbin/init')).toBe(
    'root\n/usr/bin/busybox\n',
  );
  expect((await stat(join(root, 'boot', `vmlinuz-${kernel}`))).size).toBeGreaterThan(1 << 20);
  const modules = await readFile(join(root, 'usr/lib/modules', kernel, 'modules.dep'), 'utf8');
  expect(modules).toMatch(/^kernel\/fs\/nfs\/nfsv4\.ko: .*sunrpc\.ko/mu);
  // The scriptlet wrote down what its `/` was.
  const { dev, ino } = await stat(root);
  expect(await readFile(join(root, 'var/lib/busybox/root'), 'utf8')).toBe(`${dev}:${ino}\n`);
}

/** Every file of a directory, and what is in it. */
async function filesIn(directory: string): Promise<string> {
  return exec(['sh', '-c', 'find . -type f -exec sha256sum {} + | sort -k 2'], { cwd: directory });
}

describe('the distribution for dnf', () => {
  test(
    'becomes a root by its group and its kernel',
    { timeout: buildTime },
    async ({ machine }) => {
      const distribution = await rpmDistribution();
      const run = await dnf(machine, repositoriesOf(distribution));

      await run('install', '@core', 'kernel');

      await expectRoot(machine, distribution);
      expect(await packages(machine)).toEqual([
        'busybox',
        'filesystem',
        'initscripts',
        'kernel',
        'rocky-release',
        'welcome',
      ]);
      await run('remove', 'welcome');
      expect(await packages(machine)).not.toContain('welcome');
    },
  );

  test('has one package more beside the disc', { timeout: buildTime }, async ({ machine }) => {
    const distribution = await rpmDistribution();
    const media = await dnf(machine, repositoriesOf(distribution));
    await expect(media('install', 'site-tools')).rejects.toThrow('Unable to find a match');

    const [name = ''] = await readdir(distribution.otherpkgs);
    await media('install', join(distribution.otherpkgs, name));
    expect(await machine.on('chroot', machine.root, 'site-tools')).toBe('site tools 1.0\n');
  });
});

describe('the distribution for zypper', () => {
  test(
    'becomes a root by its pattern and its kernel',
    { timeout: buildTime },
    async ({ machine }) => {
      const distribution = await zypperDistribution();
      const run = await zypper(machine, distribution.tree);

      await run('install', 'pattern() = base', 'kernel-default');

      await expectRoot(machine, distribution);
      expect(await packages(machine)).toEqual([
        'busybox',
        'filesystem',
        'initscripts',
        'kernel-default',
        'openSUSE-release',
        'patterns-base-base',
        'welcome',
      ]);
      expect(await run('--terse', 'products')).toMatch(/openSUSE .* 15\.6/u);
      await run('remove', 'welcome');
      expect(await packages(machine)).not.toContain('welcome');
    },
  );
});

describe('both', () => {
  base.for([
    ['dnf', rpmDistribution],
    ['zypper', zypperDistribution],
  ] as const)(
    '%s: the disc has the tree, byte for byte',
    { timeout: buildTime },
    async ([, make]) => {
      const { iso, tree } = await make();
      const directory = await mkdtemp(join(tmpdir(), 'statelite-disc-'));
      try {
        await exec(['bsdtar', '-x', '-f', iso, '-C', directory]);
        expect(await filesIn(directory)).toBe(await filesIn(tree));
      } finally {
        await exec(['chmod', '-R', 'u+w', directory]);
        await rm(directory, { recursive: true });
      }
    },
  );

  base(
    'are the same for all who ask at once, and not built again for the next',
    { timeout: buildTime },
    async () => {
      const [first, ...others] = await Promise.all([1, 2, 3].map(() => rpmDistribution()));
      expect(others).toEqual([first, first]);
      const { ino } = await stat(first?.iso ?? '');
      expect((await stat((await rpmDistribution()).iso)).ino).toBe(ino);
    },
  );
});

function repositoriesOf({ tree }: Distribution): string[] {
  return ['BaseOS', 'AppStream'].map((name) => join(tree, name));
}
