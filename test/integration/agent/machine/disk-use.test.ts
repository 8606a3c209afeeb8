import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { explainError } from '../../../../agent/errors.ts';
import { checkFilesystem, mountFilesystem, swapOn } from '../../../../agent/machine/disk-use.ts';
import { identify } from '../../../../agent/machine/disk-content.ts';
import { programs } from '../../../../agent/machine/spawn.ts';
import { recordingLogger } from '../../../helpers/recording-logger.ts';
import { recordingSystem } from '../../../helpers/recording-system.ts';
import { tempRoot } from '../../../helpers/tree.ts';

const run = async (file: string, ...argv: string[]) => {
  const ended = await programs().run(file, argv);
  expect(ended).toMatchObject({ code: 0 });
  return ended.output;
};

/** A file system in a file, as e2fsprogs of this machine make it. */
async function filesystemIn(root: string): Promise<string> {
  const device = join(root, 'vda1');
  writeFileSync(device, '');
  truncateSync(device, 16 * 2 ** 20);
  await run('mke2fs', '-t', 'ext4', '-F', '-q', device);
  return device;
}

async function check(device: string, sbin = '/usr/sbin') {
  const { log, lines } = recordingLogger();
  const warnings: string[] = [];
  const { signal } = new AbortController();
  const deps = { programs: programs(), log, warnings, sbin, signal };
  const error = await checkFilesystem(device, deps).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { error, warnings, lines: lines.join('\n') };
}

describe('a file system of an earlier boot', () => {
  test('that is whole is used without a word', async () => {
    await using root = await tempRoot();
    const device = await filesystemIn(root.path);
    expect(identify(readFileSync(device))).toMatchObject({ type: 'ext4', used: false });
    expect(await check(device)).toMatchObject({ error: undefined, warnings: [] });
  });

  test('that was in use when the power went is made whole before it is mounted', async () => {
    await using root = await tempRoot();
    const device = await filesystemIn(root.path);
    await run('debugfs', '-w', '-R', 'feature +needs_recovery', device);
    const { error, lines } = await check(device);
    expect(error).toBeUndefined();
    expect(lines).toContain('recovering journal');
    expect((await check(device)).lines).not.toContain('recovering journal');
  });

  test('whose errors can be mended without loss is mended, and that is told', async () => {
    await using root = await tempRoot();
    const device = await filesystemIn(root.path);
    await run('debugfs', '-w', '-R', 'set_inode_field <2> links_count 9', device);
    await run('debugfs', '-w', '-R', 'set_super_value state 2', device);
    const { error, warnings, lines } = await check(device);
    expect(error).toBeUndefined();
    expect(warnings).toEqual([`the file system of ${device} was mended by e2fsck`]);
    expect(lines).toContain('Inode 2 ref count is 9, should be 3.  FIXED.');
  });

  test('whose errors need a decision is left as it is, for the operator', async () => {
    await using root = await tempRoot();
    const device = await filesystemIn(root.path);
    await run('debugfs', '-w', '-R', 'clri <2>', device);
    await run('debugfs', '-w', '-R', 'set_super_value state 2', device);
    const { error } = await check(device);
    expect(error).toMatchObject({
      code: 'ERR_STATELITE_STORE',
      message: expect.stringContaining('has errors that e2fsck does not mend by itself'),
      hint: expect.stringContaining(`e2fsck ${device} in the shell mends it`),
    });
    expect(explainError(error).join('\n')).toContain('UNEXPECTED INCONSISTENCY');
    expect((await check(device)).error).toBeDefined();
  });

  test('that e2fsck cannot read is for the kernel to refuse', async () => {
    await using root = await tempRoot();
    const device = join(root.path, 'vda1');
    writeFileSync(device, Buffer.alloc(2 ** 20));
    const { error, warnings } = await check(device);
    expect(error).toBeUndefined();
    expect(warnings.join('')).toContain('was not checked');
  });

  test('is not checked by an initramfs without e2fsck, which says so', async () => {
    await using root = await tempRoot();
    const device = await filesystemIn(root.path);
    const { error, lines } = await check(device, root.path);
    expect(error).toBeUndefined();
    expect(lines).toContain('is not checked: the initramfs has no ');
  });

  test.for([126, 127])('whose e2fsck does not start (%s) is used without a check', async (code) => {
    const { log } = recordingLogger();
    const { signal } = new AbortController();
    const broken = { run: async () => ({ code, signal: undefined, output: 'ld.so: no' }) };
    const warnings: string[] = [];
    await checkFilesystem('/dev/vda1', {
      programs: broken,
      log,
      warnings,
      sbin: '/usr/sbin',
      signal,
    });
    expect(warnings).toEqual([expect.stringMatching(/e2fsck does not start \(ld\.so: no\): run/u)]);
  });

  test('whose check was killed is not mounted', async () => {
    const { log } = recordingLogger();
    const ended = { code: undefined, signal: 'SIGKILL', output: '' };
    const { signal } = new AbortController();
    const killed = { run: async () => ended };
    const deps = { programs: killed, log, warnings: [], sbin: '/usr/sbin', signal };
    await expect(checkFilesystem('/dev/vda1', deps)).rejects.toThrow('it said nothing');
  });
});

describe('what mount(2) refuses', () => {
  test.for([
    ['EUCLEAN', 'xfs', 'xfs_repair /dev/vda1 in the shell mends it'],
    ['EUCLEAN', 'ext4', 'e2fsck /dev/vda1 in the shell mends it'],
    ['EIO', 'ext4', 'the disk has errors (dmesg)'],
    ['EROFS', 'ext4', '/dev/vda1 is read-only'],
    ['EBUSY', 'xfs', 'something else uses /dev/vda1: RAID, LVM, or a mount'],
    ['EINVAL', 'xfs', 'features that are newer than the kernel'],
    ['ENOMEM', 'ext4', 'dmesg'],
  ] as const)('with %s of %s has a remedy', async ([code, fstype, hint]) => {
    const failure = Object.assign(new Error(`mount: ${code}`), { code });
    const deps = { system: recordingSystem({ mount: failure }), modules: { load: async () => {} } };
    await expect(mountFilesystem('/dev/vda1', '/local', fstype, deps)).rejects.toMatchObject({
      code: 'ERR_STATELITE_STORE',
      message: `local disk: cannot mount /dev/vda1 (${fstype}) for localdisk entries`,
      hint: expect.stringContaining(hint),
      cause: failure,
    });
  });

  test('ext4 takes no more changes from its first error on', async () => {
    const system = recordingSystem();
    const deps = { system, modules: { load: async () => {} } };
    await mountFilesystem('/dev/vda1', '/local', 'ext4', deps);
    await mountFilesystem('/dev/vda2', '/local', 'xfs', deps);
    expect(system.calls).toEqual([
      'mount /dev/vda1 /local ext4 errors=remount-ro noatime',
      'mount /dev/vda2 /local xfs  noatime',
    ]);
  });
});

test('swap space that the kernel refuses stops the boot with both remedies', async () => {
  await using root = await tempRoot();
  writeFileSync(join(root.path, 'swaps'), 'Filename\n');
  const { log } = recordingLogger();
  const ended = { code: 1, signal: undefined, output: 'swapon: /dev/vda2: Invalid argument\n' };
  const places = { sys: root.path, dev: root.path, proc: root.path };
  const deps = { programs: { run: async () => ended }, places, log };
  await expect(swapOn('/dev/vda2', deps)).rejects.toMatchObject({
    message: 'local disk: cannot use /dev/vda2 as swap space: swapon: /dev/vda2: Invalid argument',
    hint: expect.stringMatching(/mkswap \/dev\/vda2 in the shell.*clear=yes/u),
  });
});
