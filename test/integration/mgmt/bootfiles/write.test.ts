import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, linkSync, openSync } from 'node:fs';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { BootFile } from '../../../../mgmt/bootfiles/layout.ts';
import { linksTo } from '../../../../mgmt/bootfiles/link-files.ts';
import { prepareBootFiles } from '../../../../mgmt/bootfiles/prepare.ts';
import { removeBootFiles, writeBootFiles } from '../../../../mgmt/bootfiles/write.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';
import { writeAll } from './write-all.ts';

/** More than are flushed one by one, and than are looked at without a pause. */
const many = 200;

/** A file and a link of each of `count` nodes. */
function filesOf(count: number, content = 'x'): BootFile[] {
  return Array.from({ length: count }, (_, index) => [
    { path: `boot/grub2/n${index}`, content: `${content} ${index}` },
    { path: `boot/grub2/grub.cfg-0A00${hex(index)}`, link: `n${index}` },
  ]).flat();
}

function hex(index: number): string {
  return index.toString(16).toUpperCase().padStart(4, '0');
}

/** A FIFO as one has it open who writes into it. */
function openFifo(path: string) {
  const fd = openSync(path, constants.O_RDWR);
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}

describe('boot files', () => {
  test.for([1, many])(
    'of %i nodes are all written, for all to read, and nothing else is left',
    async (count) => {
      await using root = await tempRoot();
      await writeAll(root.path, filesOf(count));
      const directory = join(root.path, 'boot/grub2');
      expect(await readdir(directory)).toHaveLength(2 * count);
      const last = count - 1;
      expect(await readFile(join(directory, `n${last}`), 'utf8')).toBe(`x ${last}`);
      expect(await readlink(join(directory, `grub.cfg-0A00${hex(last)}`))).toBe(`n${last}`);
      expect((await stat(join(directory, `n${last}`))).mode & 0o777).toBe(0o644);
    },
  );

  test('are in directories that all may read, whatever the umask: dnsmasq is nobody', async () => {
    await using root = await tempRoot();
    const before = process.umask(0o077);
    try {
      await writeAll(root.path, filesOf(1));
    } finally {
      process.umask(before);
    }
    for (const name of ['boot', 'boot/grub2']) {
      expect((await stat(join(root.path, name))).mode & 0o777).toBe(0o755);
    }
  });

  test('that are as they should be are not touched', async () => {
    await using root = await tempRoot();
    await writeAll(root.path, filesOf(3));
    const inode = async (name: string) => (await stat(join(root.path, 'boot/grub2', name))).ino;
    const before = await inode('n1');
    await writeAll(root.path, [
      ...filesOf(3).filter(({ path }) => !path.endsWith('/n2')),
      { path: 'boot/grub2/n2', content: 'new' },
    ]);
    expect(await inode('n1')).toBe(before);
    expect(await readFile(join(root.path, 'boot/grub2/n2'), 'utf8')).toBe('new');
  });

  test('take the place of a link, and a link that of a file, without following it', async () => {
    await using root = await tempRoot();
    plantTree(root.path, {
      'boot/grub2/n0': { link: '../../elsewhere' },
      elsewhere: 'of the site',
      'boot/grub2/grub.cfg-0A000000': 'a file',
    });
    await writeAll(root.path, filesOf(1));
    expect(await readFile(join(root.path, 'elsewhere'), 'utf8')).toBe('of the site');
    expect(await readFile(join(root.path, 'boot/grub2/grub.cfg-0A000000'), 'utf8')).toBe('x 0');
  });

  test('take the place of a FIFO, even one that somebody writes into, and of a socket', async () => {
    await using root = await tempRoot();
    const at = (name: string) => join(root.path, 'boot/grub2', name);
    plantTree(root.path, { 'boot/grub2': { dir: 0o755 } });
    for (const name of ['n0', 'n1', 'grub.cfg-0A000000']) execFileSync('mkfifo', [at(name)]);
    using writer = openFifo(at('n1'));
    await using socket = createServer().listen(at('n2'));
    await once(socket, 'listening');
    await writeAll(root.path, filesOf(3));
    for (const name of ['n0', 'n1', 'n2']) {
      expect(await readFile(at(name), 'utf8')).toBe(`x ${name.slice(1)}`);
    }
    expect(await readlink(at('grub.cfg-0A000000'))).toBe('n0');
    expect(writer.fd).toBeGreaterThan(2);
  });

  test('that a directory stands in the way of are named, and so are those below a file', async () => {
    await using root = await tempRoot();
    plantTree(root.path, {
      'boot/grub2/n1/a-directory': '',
      'boot/grub2/grub.cfg-0A000002': { dir: 0o755 },
      'xcat/xnba': 'a file',
      'pxelinux.cfg': { link: 'nowhere' },
      petitboot: { link: 'petitboot' },
    });
    const elsewhere = ['xcat/xnba/nodes/n1', 'pxelinux.cfg/n1', 'petitboot/n1'];
    const { changed, blocked } = await prepareBootFiles(root.path, [
      ...filesOf(3),
      ...elsewhere.map((path) => ({ path, content: '' })),
    ]);
    expect(changed.map(({ path }) => path)).toEqual(
      ['n0', 'grub.cfg-0A000000', 'grub.cfg-0A000001', 'n2'].map((name) => `boot/grub2/${name}`),
    );
    const said = [...blocked].map(([path, { message }]) => [path, message.replace(root.path, '')]);
    expect(said).toEqual([
      ['boot/grub2/n1', 'cannot write /boot/grub2/n1: a directory stands there'],
      [
        'boot/grub2/grub.cfg-0A000002',
        'cannot write /boot/grub2/grub.cfg-0A000002: a directory stands there',
      ],
      ['xcat/xnba/nodes/n1', 'cannot write /xcat/xnba: that is no directory'],
      [
        'pxelinux.cfg/n1',
        'cannot write /pxelinux.cfg: it is gone, or a symlink that leads nowhere',
      ],
      ['petitboot/n1', 'cannot write /petitboot: symlinks lead in a circle'],
    ]);
  });

  test('of which one cannot be put in its place leave nothing half-made', async () => {
    await using root = await tempRoot();
    const directory = join(root.path, 'boot/grub2');
    await prepareBootFiles(root.path, filesOf(3));
    plantTree(directory, { 'n1/a-directory': '' }); // made by somebody meanwhile
    await expect(writeBootFiles(root.path, filesOf(3))).rejects.toThrow('EISDIR');
    const names = await readdir(directory);
    expect(names.filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  test('can be written by several at once: each file is whole', async () => {
    await using root = await tempRoot();
    const texts = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(3000));
    await Promise.all(texts.map((text) => writeAll(root.path, filesOf(40, text))));
    for (const name of ['n0', 'n39']) {
      const text = await readFile(join(root.path, 'boot/grub2', name), 'utf8');
      expect(texts).toContain(text.split(' ')[0]);
    }
    expect(await readdir(join(root.path, 'boot/grub2'))).toHaveLength(80);
  });

  test('are removed where they are; the rest of a directory stays, and so do directories', async () => {
    await using root = await tempRoot();
    plantTree(root.path, {
      'etc/n1': '',
      'etc/n2': '',
      'etc/n3': { dir: 0o755 },
      petitboot: 'a file',
      'yaboot.conf-x': '',
    });
    const paths = [
      'etc/n1',
      'etc/n3',
      'etc/n9',
      'petitboot/n1',
      'pxelinux.cfg/n1',
      'yaboot.conf-x',
    ];
    await removeBootFiles(root.path, paths);
    const left = (await readdir(root.path, { recursive: true })).toSorted();
    expect(left).toEqual(['etc', 'etc/n2', 'etc/n3', 'petitboot']);
  });
});

describe('the names that loaders ask for', () => {
  test('are found by what they lead to, in each place of each loader', async () => {
    await using root = await tempRoot();
    plantTree(root.path, {
      'pxelinux.cfg/0A000001': { link: 'n1' },
      'pxelinux.cfg/01-52-54-00-00-00-01': { link: 'n1' },
      'pxelinux.cfg/0A000002': { link: 'n2' },
      'pxelinux.cfg/C0A8': { link: 'n1' },
      'boot/grub2/grub.cfg-0A000001': { link: 'n1' },
      'etc/0a000001': { link: 'n1' },
      'yaboot.conf-52-54-00-00-00-01': { link: 'etc/n1' },
      '0A000001': { link: 'petitboot/n1' },
      '0A000002': { link: 'etc/n1' },
    });
    expect((await linksTo(root.path, ['n1', 'n3'])).toSorted()).toEqual([
      '0A000001',
      'boot/grub2/grub.cfg-0A000001',
      'etc/0a000001',
      'pxelinux.cfg/01-52-54-00-00-00-01',
      'pxelinux.cfg/0A000001',
      'yaboot.conf-52-54-00-00-00-01',
    ]);
  });

  test("are not a node's where its name is the loader's own, as links or as hard links", async () => {
    await using root = await tempRoot();
    plantTree(root.path, {
      'pxelinux.cfg/default': 'the menu of the site',
      'pxelinux.cfg/0A000001': { link: 'default' },
      'boot/grub2/default': 'of the node',
      'boot/grub2/grub.cfg-0A000001': { link: 'default' },
    });
    linkSync(join(root.path, 'pxelinux.cfg/default'), join(root.path, 'pxelinux.cfg/0A000002'));
    expect(await linksTo(root.path, ['default'])).toEqual(['boot/grub2/grub.cfg-0A000001']);
  });

  test('are none where nothing was written yet', async () => {
    await using root = await tempRoot();
    expect(await linksTo(join(root.path, 'nowhere'), ['n1'])).toEqual([]);
  });
});
