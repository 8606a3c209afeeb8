import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { buildInitramfs } from '../../../initramfs/build.ts';
import { plantTree, tempRoot } from '../../helpers/tree.ts';
import { moduleFile, plantImage, quickOptions, release, unpack } from './image.ts';

const shipped = (directory: string, file: string) =>
  readFileSync(join(directory, 'lib/modules', release, file));
const nic = (name: string) => `kernel/drivers/net/ethernet/vendor/${name}`;

describe('building an initramfs', () => {
  test('cpio reads what was built, and the report says the same', async () => {
    await using temp = await tempRoot();
    plantImage(join(temp.path, 'image'));
    const output = join(temp.path, 'initrd');

    const report = await buildInitramfs(quickOptions(join(temp.path, 'image'), output));

    const listed = execFileSync('cpio', ['--list', '--quiet', '--file', output]);
    const paths = String(listed).trim().split('\n');
    expect(paths.map((path) => `/${path}`)).toEqual(report.entries.map(({ path }) => path));
    expect(report).toMatchObject({
      unpacked: statSync(output).size,
      packed: statSync(output).size,
    });
    const agent = report.entries.find(({ path }) => path === '/init');
    expect(agent?.size).toBe(statSync('/bin/true').size);
  });

  test('owners, modes and devices are those of the node', async () => {
    await using temp = await tempRoot();
    plantImage(join(temp.path, 'image'));
    const output = join(temp.path, 'initrd');
    await buildInitramfs(quickOptions(join(temp.path, 'image'), output));
    const root = unpack(output);

    expect(statSync(join(root, 'init')).mode & 0o7777).toBe(0o755);
    expect(statSync(join(root, 'tmp')).mode & 0o7777).toBe(0o1777);
    expect(statSync(join(root, 'dev/console')).rdev).toBe(statSync('/dev/console').rdev);
    expect(statSync(join(root, 'init'))).toMatchObject({ uid: 0, gid: 0, mtimeMs: 0 });
    expect(readFileSync(join(root, 'etc/statelite/initramfs'), 'utf8')).toBe(`${release}\n`);
  });

  test.for(['zstd', 'gzip', 'none'] as const)(
    'two builds with %s are the same',
    async (compression) => {
      await using temp = await tempRoot();
      const root = join(temp.path, 'image');
      plantImage(root);
      const outputs = ['a', 'b'].map((name) => join(temp.path, name));
      for (const output of outputs) {
        await buildInitramfs({ ...quickOptions(root, output), compression, level: 1 });
      }
      const [a, b] = outputs.map((output) => readFileSync(output));
      expect(a?.equals(b ?? Buffer.alloc(0))).toBe(true);
    },
  );

  test('what is compressed is what would not be', async () => {
    await using temp = await tempRoot();
    const root = join(temp.path, 'image');
    plantImage(root);
    const [plain, packed] = ['plain', 'packed'].map((name) => join(temp.path, name));
    await buildInitramfs(quickOptions(root, plain ?? ''));
    const report = await buildInitramfs({
      ...quickOptions(root, packed ?? ''),
      compression: 'gzip',
    });
    expect(gunzipSync(readFileSync(packed ?? '')).equals(readFileSync(plain ?? ''))).toBe(true);
    expect(report.packed).toBe(statSync(packed ?? '').size);
    expect(report.unpacked).toBe(statSync(plain ?? '').size);
  });

  test('modules are unpacked, firmware comes along', async () => {
    await using temp = await tempRoot();
    const root = join(temp.path, 'image');
    const xz = execFileSync('xz', ['-c'], {
      input: moduleFile('one', ['one/a.bin', 'one/gone.bin']),
    });
    plantImage(root, {
      [nic('one.ko.xz')]: xz,
      [nic('two.ko.zst')]: zstdCompressSync(moduleFile('two')),
      [nic('three.ko.gz')]: gzipSync(moduleFile('three')),
    });
    // The image's own links are followed inside the image.
    plantTree(root, {
      'usr/lib/firmware/one/a.bin': { link: '/usr/lib/firmware/one-a.bin' },
      'usr/lib/firmware/one-a.bin': 'firmware',
      lib: { link: 'usr/lib' },
    });
    const output = join(temp.path, 'initrd');
    await buildInitramfs(quickOptions(root, output));

    const unpacked = unpack(output);
    for (const name of ['one', 'two', 'three']) {
      expect(shipped(unpacked, nic(`${name}.ko`)).includes(`name=${name}`)).toBe(true);
    }
    expect(shipped(unpacked, 'modules.dep').toString()).toContain(`${nic('one.ko')}:\n`);
    expect(readFileSync(join(unpacked, 'lib/firmware/one/a.bin'), 'utf8')).toBe('firmware');
    expect(existsSync(join(unpacked, 'lib/firmware/one/gone.bin'))).toBe(false);
  });

  test('progress ends at the total', async () => {
    await using temp = await tempRoot();
    plantImage(join(temp.path, 'image'));
    const seen: [number, number][] = [];
    await buildInitramfs({
      ...quickOptions(join(temp.path, 'image'), join(temp.path, 'initrd')),
      onProgress: (done, total) => void seen.push([done, total]),
    });
    const [done, total] = seen.at(-1) ?? [];
    expect(done).toBe(total);
  });
});

describe('a build that does not end well', () => {
  test.for([
    ['a driver the kernel does not have', { drivers: ['mlx_en'] }, 'mlx_en'],
    ['a kernel the image does not have', { kernel: '5.0' }, 'no modules of the kernel 5.0'],
    ['a kernel that is a path', { kernel: '../../etc' }, '"../../etc" is not a kernel release'],
    ['an agent that is a script', { agent: '/usr/bin/ldd' }, '/usr/bin/ldd is not a 64-bit'],
    [
      'an agent that is not there',
      { agent: '/nowhere/agent' },
      'there is no program /nowhere/agent',
    ],
    ['a dynamic busybox', { busybox: '/bin/true' }, '/bin/true is not a static program'],
    ['a CA that is none', { ca: '/etc/hostname' }, '/etc/hostname holds no certificate'],
    ['a CA that is not there', { ca: '/nowhere/ca.pem' }, 'cannot build'],
  ] as const)('%s is named, and the old file stays', async ([, change, words]) => {
    await using temp = await tempRoot();
    plantImage(join(temp.path, 'image'));
    const output = join(temp.path, 'initrd');
    writeFileSync(output, 'old');

    const options = { ...quickOptions(join(temp.path, 'image'), output), ...change };
    await expect(buildInitramfs(options)).rejects.toMatchObject({
      code: 'ERR_STATELITE_INITRAMFS',
      message: expect.stringContaining(words),
    });
    expect(readFileSync(output, 'utf8')).toBe('old');
    expect(readdirSync(temp.path).toSorted()).toEqual(['image', 'initrd']);
  });

  test('a module that is listed and not there is named', async () => {
    await using temp = await tempRoot();
    const directory = plantImage(join(temp.path, 'image'));
    writeFileSync(join(directory, 'modules.dep'), 'kernel/fs/gone/nfs.ko:\n', { flag: 'a' });
    const built = buildInitramfs(quickOptions(join(temp.path, 'image'), join(temp.path, 'initrd')));
    await expect(built).rejects.toMatchObject({
      message: expect.stringContaining('gone/nfs.ko'),
      hint: expect.stringContaining('depmod'),
    });
  });

  test('one that is given up half way leaves the old file and nothing else', async () => {
    await using temp = await tempRoot();
    plantImage(join(temp.path, 'image'));
    const output = join(temp.path, 'initrd');
    writeFileSync(output, 'old');
    const cancel = new AbortController();
    const built = buildInitramfs({
      ...quickOptions(join(temp.path, 'image'), output),
      signal: cancel.signal,
      onProgress: (done, total) => void (done > total / 2 && cancel.abort()),
    });
    await expect(built).rejects.toMatchObject({ name: 'AbortError' });
    expect(readFileSync(output, 'utf8')).toBe('old');
    expect(readdirSync(temp.path).toSorted()).toEqual(['image', 'initrd']);
  });

  test("an image whose /lib is an absolute link does not get this machine's modules", async () => {
    await using temp = await tempRoot();
    plantImage(join(temp.path, 'host/lib'), {}); // never looked at
    plantTree(temp.path, { 'image/lib': { link: join(temp.path, 'host/lib/usr/lib') } });
    const built = buildInitramfs(quickOptions(join(temp.path, 'image'), join(temp.path, 'initrd')));
    await expect(built).rejects.toThrow('has no modules of the kernel');
  });
});
