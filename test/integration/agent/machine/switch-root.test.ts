import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkInit } from '../../../../agent/machine/switch-root.ts';
import { failure } from '../../../helpers/rows.ts';
import {
  plantBusyboxRoot,
  type SwitchRootCase,
  switchingRoot,
} from '../../../helpers/switch-root.ts';
import type { Role } from '../../../helpers/sandbox.ts';
import { plantTree, type Planted, tempRoot } from '../../../helpers/tree.ts';

const directories = { '/dev': { dir: 0o755 }, '/proc': { dir: 0o755 }, '/sys': { dir: 0o755 } };
const program = { text: '', mode: 0o755 };

async function checked(image: Readonly<Record<string, Planted>>, init = '/sbin/init') {
  await using root = await tempRoot();
  plantTree(root.path, image);
  await checkInit(root.path, init);
}

describe('the init of the image', () => {
  test.for<[string, Record<string, Planted>]>([
    ['a program', { '/sbin/init': program }],
    ['a relative link', { '/sbin/init': { link: '../lib/systemd' }, '/lib/systemd': program }],
    ['an absolute link', { '/sbin': { link: '/usr/sbin' }, '/usr/sbin/init': program }],
  ])('may be %s', async ([, image]) => {
    await expect(checked({ ...directories, ...image })).resolves.toBeUndefined();
  });

  test.for<[string, Record<string, Planted>]>([
    ['is missing', {}],
    ['is not executable', { '/sbin/init': { text: '', mode: 0o644 } }],
    ['is a directory', { '/sbin/init': { dir: 0o755 } }],
    ['leads nowhere', { '/sbin/init': { link: '/lib/systemd' } }],
    ['leads out of the image', { '/sbin/init': { link: '/bin/sh' } }],
    ['leads to itself', { '/sbin/init': { link: 'init' } }],
  ])('that %s is refused', async ([, image]) => {
    await expect(checked({ ...directories, ...image })).rejects.toThrow(
      failure('ERR_STATELITE_SWITCH_ROOT', 'no executable /sbin/init'),
    );
  });

  test('is what init= names', async () => {
    await expect(checked({ ...directories, '/sbin/init': program }, '/bin/sh')).rejects.toThrow(
      failure('ERR_STATELITE_SWITCH_ROOT', '/bin/sh'),
    );
  });

  test.for<[string, Planted | undefined]>([
    ['missing', undefined],
    ['a file', ''],
    ['a link', { link: '/var' }],
  ])('needs a /dev: not one that is %s', async ([, dev]) => {
    const { '/dev': _, ...others } = directories;
    const image = {
      ...others,
      '/sbin/init': program,
      ...(dev === undefined ? {} : { '/dev': dev }),
    };
    await expect(checked(image)).rejects.toThrow(
      failure('ERR_STATELITE_SWITCH_ROOT', 'no directory /dev'),
    );
  });
});

/** Tries it with a busybox root that says what it sees, beside data that nobody may touch. */
async function switched(given: Partial<SwitchRootCase>, role: Role = 'pid 1') {
  await using sandbox = await tempRoot();
  await using shared = await tempRoot();
  plantBusyboxRoot(join(shared.path, 'root'), [
    'b=/bin/busybox',
    'echo "pid $$ in $PWD: $*"',
    '$b env | $b sort',
    '$b echo /*',
    '$b readlink /proc/self/fd/0 >/dev/null && echo "has its input"',
    '$b grep -c " / " /proc/mounts',
  ]);
  plantTree(shared.path, { '/data/precious': 'kept\n', '/data/deep/er': 'kept\n' });
  const where = { at: sandbox.path, shared: shared.path, init: '/sbin/init' };
  const ran = await switchingRoot({ ...where, ...given }, role);
  const data = ['precious', 'deep/er'].map((name) =>
    readFileSync(join(shared.path, 'data', name), 'utf8'),
  );
  return { ...ran, data };
}

describe('switch_root', () => {
  test('keeps PID 1, passes on words and a clean environment, and moves what the kernel mounted', async () => {
    const { code, out, err } = await switched({});
    expect(err).toBe('');
    expect(out.split('\n')).toEqual([
      'pid 1 in /: single two words',
      'HOME=/',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'PWD=/',
      'SHLVL=1',
      'TERM=linux',
      '/bin /dev /proc /sbin /sys',
      'has its input',
      '1',
      '',
    ]);
    expect(code).toBe(0);
  });

  test('deletes the initramfs, and nothing of what is mounted in it', async () => {
    const { data } = await switched({});
    expect(data).toEqual(['kept\n', 'kept\n']);
  });

  test.for<[string, Partial<SwitchRootCase>, Role, string]>([
    ['this is not PID 1', {}, 'another', 'not our initramfs'],
    ['there is no marker', { without: 'marker' }, 'pid 1', 'ENOENT'],
    [
      'the new root is no other device',
      { without: 'another device' },
      'pid 1',
      'not our initramfs',
    ],
    ['there is no such init', { init: '/sbin/missing' }, 'pid 1', 'no executable /sbin/missing'],
    ['init is no program', { init: '/sbin' }, 'pid 1', 'no executable /sbin'],
  ])('refuses and deletes nothing where %s', async ([, given, role, why]) => {
    const { out, data } = await switched(given, role);
    expect(out).toContain(why);
    expect(out).toContain('\nnothing was deleted\n');
    expect(data).toEqual(['kept\n', 'kept\n']);
  });
});
