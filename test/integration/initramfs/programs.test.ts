import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { architectures } from '../../../initramfs/architectures.ts';
import { buildInitramfs } from '../../../initramfs/build.ts';
import { programsOf } from '../../../initramfs/programs.ts';
import { plantTree, tempRoot } from '../../helpers/tree.ts';
import { elfFile, type ElfParts } from '../../unit/initramfs/elf-file.ts';
import { plantImage, quickOptions } from './image.ts';

const arm = 183;
const interpreter = '/lib/ld-linux-aarch64.so.1';
const [aarch64] = architectures.filter(({ name }) => name === 'aarch64');
if (aarch64 === undefined) throw new Error('no aarch64');
const libraries = ['libstdc++.so.6', 'libc.so.6'];

function plant(root: string, files: Readonly<Record<string, ElfParts>>): void {
  for (const [path, parts] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), elfFile({ machine: arm, ...parts }));
    chmodSync(join(root, path), 0o755);
  }
}

/** An agent for aarch64, an image of Debian with a static busybox, and this machine's cross packages. */
function setup(directory: string) {
  const places = {
    root: join(directory, 'image'),
    agent: join(directory, 'dist/statelite-agent-aarch64'),
    crossRoot: join(directory, 'host'),
  };
  plant(directory, {
    'dist/statelite-agent-aarch64': { interpreter, needed: libraries },
    'image/usr/bin/busybox': {},
    'image/usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1': {},
    'image/usr/lib/aarch64-linux-gnu/libc.so.6': { needed: ['ld-linux-aarch64.so.1'] },
    'image/usr/lib/aarch64-linux-gnu/libstdc++.so.6': { needed: ['libc.so.6'] },
  });
  plantTree(places.root, {
    lib: { link: 'usr/lib' },
    'usr/lib/ld-linux-aarch64.so.1': { link: '/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1' },
  });
  return places;
}

/** Debian's cross packages as they lie on this machine. */
function plantCross(crossRoot: string, names: readonly string[]): void {
  const files = ['ld-linux-aarch64.so.1', ...names];
  plant(
    join(crossRoot, 'usr/aarch64-linux-gnu/lib'),
    Object.fromEntries(files.map((name) => [name, {}])),
  );
}

describe('an initramfs for another architecture', () => {
  test("has the image's busybox and libraries, found inside the image", async () => {
    await using temp = await tempRoot();
    const places = setup(temp.path);
    const { busybox, libraries: found } = await programsOf(aarch64, places);
    const within = (path: string) => join(places.root, 'usr/lib/aarch64-linux-gnu', path);
    expect(busybox).toBe(join(places.root, 'usr/bin/busybox'));
    expect(found).toEqual([
      { path: interpreter, source: within('ld-linux-aarch64.so.1') },
      { path: '/lib/aarch64-linux-gnu/libstdc++.so.6', source: within('libstdc++.so.6') },
      { path: '/lib/aarch64-linux-gnu/libc.so.6', source: within('libc.so.6') },
    ]);
  });

  test('never has libraries of two systems: if the image lacks one, all are of the cross compiler', async () => {
    await using temp = await tempRoot();
    const { crossRoot, ...places } = setup(temp.path);
    plant(temp.path, {
      'dist/statelite-agent-aarch64': { interpreter, needed: ['libc.so.6', 'libgcc_s.so.1'] },
    });
    plantCross(crossRoot, ['libc.so.6', 'libgcc_s.so.1']);
    const { libraries: found } = await programsOf(aarch64, { ...places, crossRoot });
    const cross = join(crossRoot, 'usr/aarch64-linux-gnu/lib');
    expect(found).toEqual([
      { path: interpreter, source: join(cross, 'ld-linux-aarch64.so.1') },
      { path: '/lib/aarch64-linux-gnu/libc.so.6', source: join(cross, 'libc.so.6') },
      { path: '/lib/aarch64-linux-gnu/libgcc_s.so.1', source: join(cross, 'libgcc_s.so.1') },
    ]);
  });

  test('takes no libraries that are older than what the agent was linked to', async () => {
    await using temp = await tempRoot();
    const { crossRoot, ...places } = setup(temp.path);
    const libc = 'usr/lib/aarch64-linux-gnu/libc.so.6';
    plant(temp.path, {
      'dist/statelite-agent-aarch64': {
        interpreter,
        needed: ['libc.so.6'],
        wants: { 'libc.so.6': ['GLIBC_2.28'] },
      },
      [`image/${libc}`]: { needed: [], defines: ['GLIBC_2.17'] },
    });
    await expect(programsOf(aarch64, { ...places, crossRoot })).rejects.toThrow(
      'needs libc.so.6 with GLIBC_2.28, which the image does not have',
    );
    const cross = 'host/usr/aarch64-linux-gnu/lib';
    plant(temp.path, {
      [`${cross}/ld-linux-aarch64.so.1`]: {},
      [`${cross}/libc.so.6`]: { needed: [], defines: ['GLIBC_2.17', 'GLIBC_2.28'] },
    });
    const { libraries: found } = await programsOf(aarch64, { ...places, crossRoot });
    expect(found.at(-1)?.source).toBe(join(temp.path, cross, 'libc.so.6'));
  });

  test('has what a dynamic busybox of the image needs as well', async () => {
    await using temp = await tempRoot();
    const places = setup(temp.path);
    plant(temp.path, {
      'image/usr/bin/busybox': { interpreter, needed: ['libresolv.so.2', 'libc.so.6'] },
      'image/usr/lib64/libresolv.so.2': { needed: ['libc.so.6'] },
    });
    const { libraries: found } = await programsOf(aarch64, places);
    expect(found.map(({ path }) => path)).toEqual([
      interpreter,
      ...libraries.map((name) => `/lib/aarch64-linux-gnu/${name}`),
      '/usr/lib64/libresolv.so.2',
    ]);
  });

  test('has the busybox beside the agent if the image has none of its own architecture', async () => {
    await using temp = await tempRoot();
    const places = setup(temp.path);
    plant(temp.path, { 'image/usr/bin/busybox': { machine: 62 }, 'dist/busybox-aarch64': {} });
    const { busybox } = await programsOf(aarch64, places);
    expect(busybox).toBe(join(temp.path, 'dist/busybox-aarch64'));
  });

  test('an interpreter that leads out of the image is looked for in it', async () => {
    await using temp = await tempRoot();
    const places = setup(temp.path);
    plant(temp.path, { 'outside/ld.so': {} });
    plant(temp.path, {
      'dist/statelite-agent-aarch64': { interpreter: '/lib/out.so', needed: [] },
    });
    plantTree(places.root, { 'usr/lib/out.so': { link: join(temp.path, 'outside/ld.so') } });
    await expect(programsOf(aarch64, places)).rejects.toThrow('needs /lib/out.so');
  });
});

describe('what is missing is named, with what to do', () => {
  test('a library that neither the image nor this machine has', async () => {
    await using temp = await tempRoot();
    const places = setup(temp.path);
    plant(temp.path, {
      'dist/statelite-agent-aarch64': { interpreter, needed: ['libgcc_s.so.1'] },
    });
    plantCross(places.crossRoot, []);
    await expect(programsOf(aarch64, places)).rejects.toMatchObject({
      code: 'ERR_STATELITE_INITRAMFS',
      message: `${places.agent} needs libgcc_s.so.1, which the image does not have; /usr/aarch64-linux-gnu of this machine lacks libgcc_s.so.1`,
      hint: expect.stringContaining('libstdc++6-arm64-cross'),
    });
  });

  test('a busybox', async () => {
    await using temp = await tempRoot();
    const places = setup(temp.path);
    plant(temp.path, { 'image/usr/bin/busybox': { machine: 62 } });
    await expect(programsOf(aarch64, places)).rejects.toMatchObject({
      message: 'the image has no busybox for aarch64',
      hint: expect.stringContaining(join(temp.path, 'dist/busybox-aarch64')),
    });
  });

  test('an agent of this machine', async () => {
    await using temp = await tempRoot();
    const places = { ...setup(temp.path), agent: '/bin/true' };
    await expect(programsOf(aarch64, places)).rejects.toThrow(
      '/bin/true is a program for x86_64, and nodes of the image are aarch64',
    );
  });
});

test('the initramfs holds them, and no disk program of this machine', async () => {
  await using temp = await tempRoot();
  const { root, agent } = setup(temp.path);
  plantImage(root);
  const output = join(temp.path, 'initrd');
  const report = await buildInitramfs({
    ...quickOptions(root, output),
    agent,
    busybox: aarch64,
    localDisk: true,
  });
  const paths = report.entries.map(({ path }) => path);
  expect(paths).toContain('/lib/aarch64-linux-gnu/libstdc++.so.6');
  expect(paths).toContain(interpreter);
  expect(paths).toContain('/bin/busybox');
  expect(paths.filter((path) => path.startsWith('/lib/statelite'))).toEqual([]);
});
