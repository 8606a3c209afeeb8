import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { identify } from '../../../agent/machine/disk-content.ts';
import { buildInitramfs } from '../../../initramfs/build.ts';
import { findDiskPrograms } from '../../../initramfs/disk-programs.ts';
import { findLibraries } from '../../../initramfs/shared-libraries.ts';
import { tempRoot } from '../../helpers/tree.ts';
import { plantImage, quickOptions, unpack } from './image.ts';

/** Puts a program of this machine into a root, with its libraries. */
async function plantProgram(root: string, program: string): Promise<void> {
  const libraries = await findLibraries(program);
  for (const path of [program, ...libraries.map((library) => library.path)]) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    copyFileSync(path, join(root, path));
  }
}

/** They complain that a root without anything has no mtab. */
const quiet = { stdio: 'pipe' } as const;

/** Everything of the image with its own libraries, and a host without any. */
async function programsOf(root: string) {
  await using nothing = await tempRoot();
  return findDiskPrograms(root, nothing.path);
}

describe('the programs for local disks', () => {
  test('make file systems in the initramfs, with nothing around them', async () => {
    await using temp = await tempRoot();
    const image = join(temp.path, 'image');
    plantImage(image);
    const output = join(temp.path, 'initrd');
    await buildInitramfs({ ...quickOptions(image, output), localDisk: true });
    const root = unpack(output);
    const disk = join(root, 'tmp/disk');
    for (const [program, type] of [
      ['mkfs.ext4', 'ext4'],
      ['mkfs.ext3', 'ext3'],
      ['mkfs.ext2', 'ext2'],
    ] as const) {
      writeFileSync(disk, '');
      truncateSync(disk, 16 * 2 ** 20);
      execFileSync(
        'chroot',
        [root, `/sbin/${program}`, '-q', '-F', '-L', 'a b', '/tmp/disk'],
        quiet,
      );
      const content = identify(readFileSync(disk).subarray(0, 2 ** 20));
      expect(content).toMatchObject({ type, label: 'a b' });
    }
  });

  test('are not there for images without a partitionfile', async () => {
    await using temp = await tempRoot();
    const image = join(temp.path, 'image');
    plantImage(image);
    const output = join(temp.path, 'initrd');
    const report = await buildInitramfs(quickOptions(image, output));
    expect(report.entries.filter(({ why }) => why.includes('local disk'))).toEqual([]);
  });

  test('are those of the image, whose kernel must read what they make', async () => {
    await using temp = await tempRoot();
    const image = join(temp.path, 'image');
    await plantProgram(image, '/usr/sbin/mke2fs');
    const [program] = await findDiskPrograms(image);
    expect(program?.directory).toBe('/lib/statelite/image');
    for (const file of Object.values(program?.files ?? {}))
      expect(file.startsWith(image)).toBe(true);
  });

  test('mend what they made, also with nothing around them', async () => {
    await using temp = await tempRoot();
    const image = join(temp.path, 'image');
    plantImage(image);
    const output = join(temp.path, 'initrd');
    await buildInitramfs({ ...quickOptions(image, output), localDisk: true });
    const root = unpack(output);
    const disk = join(root, 'tmp/disk');
    writeFileSync(disk, '');
    truncateSync(disk, 16 * 2 ** 20);
    execFileSync('chroot', [root, '/sbin/mkfs.ext4', '-q', '-F', '/tmp/disk'], quiet);
    const said = execFileSync('chroot', [root, '/sbin/e2fsck', '-p', '/tmp/disk'], quiet);
    expect(said.toString()).toContain('/tmp/disk: clean');
  });

  test('are left out if their library is neither in the image nor here', async () => {
    await using temp = await tempRoot();
    const image = join(temp.path, 'image');
    await plantProgram(image, '/usr/sbin/mke2fs');
    expect(await programsOf(image)).toHaveLength(1);
    const library = (await findLibraries('/usr/sbin/mke2fs')).find(({ path }) =>
      path.includes('libext2fs'),
    );
    execFileSync('rm', [join(image, library?.path ?? '')]);
    expect(await programsOf(image)).toEqual([]);
  });

  test('a link of the image leads into the image', async () => {
    await using temp = await tempRoot();
    const image = join(temp.path, 'image');
    mkdirSync(join(image, 'usr/sbin'), { recursive: true });
    expect(existsSync('/usr/sbin/mke2fs')).toBe(true);
    symlinkSync('/usr/sbin/mke2fs', join(image, 'usr/sbin/mke2fs.real'));
    symlinkSync('../../../../../../../../usr/sbin/mke2fs', join(image, 'usr/sbin/mke2fs'));
    expect(await programsOf(image)).toEqual([]);
  });

  test('what is no program is left out', async () => {
    await using temp = await tempRoot();
    const image = join(temp.path, 'image');
    mkdirSync(join(image, 'sbin'), { recursive: true });
    writeFileSync(join(image, 'sbin/mke2fs'), '#!/bin/sh\n');
    expect(await programsOf(image)).toEqual([]);
  });
});
