import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect } from 'vitest';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { snapshot } from '../../../helpers/snapshot.ts';
import { plantTree } from '../../../helpers/tree.ts';
import {
  cpio,
  directory,
  file,
  link,
  manifest,
  members,
  osimage,
  tree,
  type TarMember,
  writeArchive,
} from './archives.ts';

const root = directory('rootimg');

/** Imports it, and sees that it is refused by name and that nothing is left of it. */
async function refused(
  mn: Management,
  named: string,
  make: (path: string) => Promise<void> | void,
) {
  plantTree(mn.directory, { 'install/custom/keep': 'x', 'outside/passwd': 'root' });
  await mn.run('tabdump', 'osimage'); // makes the database
  const archive = join(mn.directory, 'evil.tgz');
  await make(archive);
  const before = snapshot(mn.directory);
  const { code, err } = await mn.run('imgimport', archive);
  expect(err).toContain(named);
  expect(err).toContain('ERR_STATELITE_');
  expect(code).toBe(1);
  const { '/state/statelite.db': _, ...after } = snapshot(mn.directory);
  const { '/state/statelite.db': __, ...wanted } = before;
  expect(withoutDatabase(after)).toEqual(withoutDatabase(wanted));
  expect((await mn.run('tabdump', 'osimage')).out).toHaveLength(1);
}

function withoutDatabase(all: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(all).filter(([path]) => !path.startsWith('/state/')));
}

const tar = (...all: readonly TarMember[]) => [...members({}), ...all];
const of = (name: string, more: object = {}): TarMember => ({ header: { name, ...more } });

describe('an archive of strangers', () => {
  test('that is whole is imported: what the others change is what is refused', async ({ mn }) => {
    await writeArchive(join(mn.directory, 'good.tgz'), members({}));
    const { code, err } = await mn.run('imgimport', 'good.tgz');
    expect(err).not.toContain('ERR_');
    expect(code).toBe(0);
  });

  test.for<[what: string, named: string, all: readonly TarMember[]]>([
    ['a name that leads out', '"img/../../outside/passwd"', tar(of('img/../../outside/passwd'))],
    ['an absolute name', '"/outside/passwd"', tar(of('/outside/passwd'))],
    ['a name of dots', '"img/./kernel2"', tar(of('img/./kernel2'))],
    ['another directory', '"other/kernel"', tar(of('other/kernel'))],
    ['a member twice', '"img/kernel" comes twice', tar(of('img/kernel'))],
    ['a link in place of a file', '"img/extra/../kernel2"', tar(of('img/extra/../kernel2'))],
    ['a symlink', '"img/list"', tar(of('img/list', { type: 'symlink', linkname: '/etc/passwd' }))],
    [
      'a hard link',
      '"img/list" is a link',
      tar(of('img/list', { type: 'link', linkname: '/etc/passwd' })),
    ],
    ['a device node', 'character-device', tar(of('img/list', { type: 'character-device' }))],
    ['a FIFO', 'fifo', tar(of('img/list', { type: 'fifo' }))],
    [
      'an extra link that leads out',
      'which leads out',
      tar(of('img/extra/d/l', { type: 'symlink', linkname: '../../../x' })),
    ],
    [
      'an absolute extra link',
      'which leads out',
      tar(of('img/extra/d/l', { type: 'symlink', linkname: '/etc' })),
    ],
    [
      'a file below an extra link',
      '"img/extra/d/l/x" is below a member',
      tar(of('img/extra/d/l', { type: 'symlink', linkname: 'k' }), of('img/extra/d/l/x')),
    ],
    ['no manifest', 'it has no manifest.xml', members({ 'manifest.xml': undefined })],
    ['no tree', 'it has no rootimgtree.gz', members({ 'rootimgtree.gz': undefined })],
    [
      'a document type',
      'manifest.xml',
      members({ 'manifest.xml': `<!DOCTYPE a [<!ENTITY b "c">]>${manifest()}` }),
    ],
    ['an entity', 'unknown entity', members({ 'manifest.xml': manifest('<kernel>&b;</kernel>') })],
    ['too long a manifest', 'manifest.xml has', members({ 'manifest.xml': 'x'.repeat(2 << 20) })],
    [
      'a wrong image name',
      '"../../x"',
      members({ 'manifest.xml': manifest('', { ...osimage, imagename: '../../x' }) }),
    ],
    [
      'a bad litefile row',
      'litefile.csv of the archive, line 1',
      members({ 'litefile.csv': '"img","x","tmpfs",,' }),
    ],
    [
      'a bad litetree row',
      'litetree.csv of the archive',
      members({ 'litetree.csv': '#priority,image,directory\na,img,b\n' }),
    ],
    [
      'xattrs of other files',
      'rootimgtree.xattrs.gz',
      members({ 'rootimgtree.xattrs.gz': gzipSync('# file: /etc/passwd\nuser.a=0x61\n') }),
    ],
  ])('is refused with %s', async ([, named, all], { mn }) => {
    await refused(mn, named, (path) => writeArchive(path, all));
  });

  test.for<[what: string, named: string, contents: Buffer]>([
    ['a member that leads out', '"rootimg/../../x"', tree(root, file('rootimg/../../x'))],
    [
      'a member through a link',
      'below a member',
      tree(root, link('rootimg/a', '/tmp'), file('rootimg/a/x')),
    ],
    [
      'a disk for everybody',
      'block device 8:0',
      tree(root, directory('rootimg/dev'), {
        name: 'rootimg/dev/sda',
        mode: 0o60666,
        device: [8, 0],
      }),
    ],
    [
      'a device elsewhere',
      'outside of /dev',
      tree(root, { name: 'rootimg/mem', mode: 0o20600, device: [1, 1] }),
    ],
    [
      'a file that is longer than the archive',
      'in "huge"',
      tree(
        root,
        ...Array.from({ length: 100 }, (_, index) => ({
          name: `rootimg/${index}`,
          mode: 0o100644,
        })),
        { name: 'rootimg/huge', mode: 0o100644, size: 0xffffffff },
      ),
    ],
    [
      'an end too early',
      'rootimgtree.gz',
      gzipSync(cpio([root, file('rootimg/a', 'x'.repeat(5000))]).subarray(0, 400)),
    ],
    [
      'half a gzip',
      'rootimgtree.gz',
      tree(root, file('rootimg/a', 'abc'.repeat(500))).subarray(0, 90),
    ],
    ['no gzip', 'rootimgtree.gz', Buffer.from('no gzip')],
    ['no cpio', 'cpio header', gzipSync('x'.repeat(4096))],
    ['a root that is a link', 'is no directory', tree(link('rootimg', '/'))],
  ])('is refused with a tree of %s', async ([, named, contents], { mn }) => {
    await refused(mn, named, (path) => writeArchive(path, members({ 'rootimgtree.gz': contents })));
  });

  test('is refused if it is cut off', async ({ mn }) => {
    await refused(mn, 'the archive is damaged', (path) => writeArchive(path, members({}), 200));
  });

  test('is refused if it is none', async ({ mn }) => {
    await refused(mn, 'the archive is damaged', (path) => writeFileSync(path, 'not an archive'));
  });

  test('is refused if a member says that it is larger than the disk', async ({ mn }) => {
    const header = Buffer.alloc(512);
    header.write('img/kernel', 0);
    header.write('0000644\0'.concat('0000000\0'.repeat(2)), 100);
    header.writeBigUInt64BE(1n << 50n, 128); // base-256, as GNU tar writes what is too long for octal
    header[124] = 0x80;
    header.write('00000000000\0', 136);
    header.write('        0', 148);
    header.write('ustar  \0', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    await refused(mn, '"img/kernel" has 1125899906842624 bytes', (path) =>
      writeFileSync(path, gzipSync(header)),
    );
  });
});
