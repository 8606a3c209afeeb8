import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findLibraries } from '../../../initramfs/shared-libraries.ts';
import { tempRoot } from '../../helpers/tree.ts';
import { elfFile, type ElfParts } from '../../unit/initramfs/elf-file.ts';

const interpreter = '/lib64/ld.so.2';

function plant(root: string, files: Readonly<Record<string, ElfParts>>): void {
  for (const [path, parts] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), elfFile(parts));
    chmodSync(join(root, path), 0o755);
  }
}

test('the libraries of libraries are found, each once, the linker under its own path', async () => {
  await using root = await tempRoot();
  plant(root.path, {
    agent: { interpreter, needed: ['liba.so', 'libc.so.6'] },
    'lib/liba.so': { needed: ['libb.so', 'libc.so.6', 'ld.so.2'] },
    'usr/lib/libb.so': { needed: ['liba.so'] },
    'lib/libc.so.6': { needed: ['ld.so.2'] },
  });
  const directories = ['lib', 'usr/lib'].map((path) => join(root.path, path));
  const found = await findLibraries(join(root.path, 'agent'), directories);
  expect(found.map(({ path }) => path.replace(root.path, ''))).toEqual([
    interpreter,
    '/lib/liba.so',
    '/lib/libc.so.6',
    '/usr/lib/libb.so',
  ]);
});

test('a library of another machine is passed over', async () => {
  await using root = await tempRoot();
  plant(root.path, {
    agent: { interpreter, needed: ['liba.so'] },
    'lib/liba.so': { machine: 183 },
    'usr/lib/liba.so': { machine: 62 },
  });
  const directories = ['lib', 'usr/lib'].map((path) => join(root.path, path));
  const found = await findLibraries(join(root.path, 'agent'), directories);
  expect(found.at(-1)?.path).toBe(join(root.path, 'usr/lib/liba.so'));
});

test('a library that is nowhere is named, with who needs it', async () => {
  await using root = await tempRoot();
  plant(root.path, {
    agent: { interpreter, needed: ['liba.so'] },
    'lib/liba.so': { needed: ['libatomic.so.1'] },
  });
  await expect(
    findLibraries(join(root.path, 'agent'), [join(root.path, 'lib')]),
  ).rejects.toMatchObject({
    code: 'ERR_STATELITE_INITRAMFS',
    message: `${root.path}/lib/liba.so needs the library libatomic.so.1, which this machine does not have`,
  });
});

test('a damaged program is named', async () => {
  await using root = await tempRoot();
  const agent = join(root.path, 'agent');
  writeFileSync(agent, elfFile({ interpreter, needed: ['libc.so.6'] }).subarray(0, 150));
  await expect(findLibraries(agent)).rejects.toMatchObject({
    message: `cannot read the program ${agent}`,
    cause: { message: 'the ELF file is cut short' },
  });
});

test('a static program needs nothing', async () => {
  expect(await findLibraries('/bin/busybox')).toEqual([]);
});
