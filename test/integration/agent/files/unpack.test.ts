import { execFileSync } from 'node:child_process';
import { createReadStream, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCpio } from '../../../../agent/files/cpio-reader.ts';
import { readTar } from '../../../../agent/files/tar-reader.ts';
import { unpack } from '../../../../agent/files/unpack.ts';
import { linuxSystem } from '../../../../agent/linux.ts';
import { member, partsOf } from '../../../helpers/members.ts';
import { nativeAddon } from '../../../helpers/native.ts';
import { plantRandom, randomTree } from '../../../helpers/random-tree.ts';
import { describeTree } from '../../../helpers/tree-lines.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';

const system = linuxSystem(nativeAddon());
const makeNode = (path: string, mode: number, device: number) =>
  system.makeNode(path, mode, device);

/** Archivers as an administrator has them, and what reads their archives. */
const packers = {
  'cpio -H newc': {
    argv: ['sh', '-c', 'find . -print0 | cpio --quiet -0oH newc'],
    read: readCpio,
  },
  'bsdtar of newc': { argv: ['bsdtar', '-cf', '-', '--format=newc', '.'], read: readCpio },
  'GNU tar': { argv: ['tar', '-cf', '-', '--format=gnu', '--numeric-owner', '.'], read: readTar },
  'pax tar': {
    argv: [
      'tar',
      '-cf',
      '-',
      '--format=posix',
      '--numeric-owner',
      '--pax-option=delete=atime',
      '.',
    ],
    read: readTar,
  },
} as const;

async function roundTrip(name: keyof typeof packers, from: string, to: string): Promise<void> {
  const { argv, read } = packers[name];
  const [program, ...words] = argv;
  const archive = `${to}.archive`;
  writeFileSync(archive, execFileSync(program, words, { cwd: from, maxBuffer: 1 << 28 }));
  mkdirSync(to);
  await unpack(read(createReadStream(archive, { highWaterMark: 1000 })), to, { makeNode });
}

describe('an archive of a random tree', () => {
  test.for(['cpio -H newc', 'bsdtar of newc', 'GNU tar', 'pax tar'] as const)(
    'by %s is unpacked as it was packed',
    async (packer) => {
      await fc.assert(
        fc.asyncProperty(randomTree, async (objects) => {
          await using root = await tempRoot();
          const [from, to] = [join(root.path, 'from'), join(root.path, 'to')];
          mkdirSync(from);
          plantRandom(from, objects);
          await roundTrip(packer, from, to);
          expect(describeTree(to)).toEqual(describeTree(from));
        }),
        { numRuns: 25 },
      );
    },
  );
});

describe('a member', () => {
  test('keeps the holes of a file as far as its zeros go', async () => {
    await using root = await tempRoot();
    const zeros = Buffer.alloc(1 << 20);
    const file = member({ path: './sparse', size: 3 << 20 });
    await unpack(partsOf(file, zeros, zeros, Buffer.alloc(1 << 20, 'x')), root.path, { makeNode });
    const { size, blocks } = lstatSync(join(root.path, 'sparse'));
    expect([size, blocks * 512]).toEqual([3 << 20, 1 << 20]);
  });

  test("is one file under its second name, also another's in a directory like /tmp", async () => {
    await using root = await tempRoot();
    const file = { sameAs: '1', uid: 1000, gid: 1000 };
    const parts = partsOf(
      member({ path: 'tmp', type: 'directory', mode: 0o1777 }),
      member({ path: 'tmp/a', ...file }),
      member({ path: 'tmp/b', ...file, size: 3 }),
      Buffer.from('new'),
    );
    await unpack(parts, root.path, { makeNode });
    const [a, b] = ['a', 'b'].map((name) => lstatSync(join(root.path, 'tmp', name)));
    expect(a).toMatchObject({ ino: b?.ino, size: 3, uid: 1000, nlink: 2 });
  });

  test('that comes again replaces the first, as cpio -u has it', async () => {
    await using root = await tempRoot();
    const parts = partsOf(
      member({ path: 'a', size: 3 }),
      Buffer.from('old'),
      member({ path: 'd', type: 'directory', mode: 0o700 }),
      member({ path: 'd/in', size: 1 }),
      Buffer.from('i'),
      member({ path: 'a', size: 3 }),
      Buffer.from('new'),
      member({ path: 'd', type: 'directory', mode: 0o750 }),
    );
    await unpack(parts, root.path, { makeNode });
    expect(describeTree(root.path).map((line) => line.replace(/ \d+$/u, ''))).toEqual([
      expect.stringContaining('. dir'),
      expect.stringMatching(/^a file 644 .* new/u),
      expect.stringMatching(/^d dir 750/u),
      expect.stringMatching(/^d\/in file/u),
    ]);
  });

  test('without its directory gets one, 0755', async () => {
    await using root = await tempRoot();
    await unpack(partsOf(member({ path: 'a/b/c' })), root.path, { makeNode });
    expect(lstatSync(join(root.path, 'a/b')).mode & 0o7777).toBe(0o755);
  });
});

const link = (path: string, target: string) => member({ path, type: 'symlink', target });
const hardLink = (path: string, target: string) => member({ path, type: 'link', target });
const directory = (path: string) => member({ path, type: 'directory' });

describe('a hostile archive', () => {
  const refused = [
    ['leads up', [member({ path: '../x' })]],
    ['leads up in the middle', [member({ path: 'a/../../x' })]],
    ['ends in ..', [member({ path: 'a/..', type: 'directory' })]],
    ['has no name', [member({ path: '' })]],
    ['goes through a link', [link('out', '/outside'), member({ path: 'out/x' })]],
    ['goes through a link of the archive', [link('out', '.'), member({ path: 'out/x' })]],
    ['makes a directory of a link', [link('out', '/outside'), directory('out/in')]],
    ['goes through a file', [member({ path: 'a' }), member({ path: 'a/b' })]],
    ['puts a file over a directory', [directory('a'), member({ path: 'a' })]],
    ['puts a file over the root', [member({ path: '.' })]],
    ['links to what is outside', [hardLink('x', '../outside/secret')]],
    ['links through a link', [link('out', '/outside'), hardLink('x', 'out/secret')]],
    ['links to a directory', [directory('a'), hardLink('x', 'a')]],
    ['links to a symlink', [link('s', '/outside/secret'), hardLink('x', 's')]],
  ] as const;

  test.for(refused)('that %s is refused, and nothing leaves the root', async ([, members]) => {
    await using root = await tempRoot();
    const to = join(root.path, 'root');
    plantTree(root.path, { 'outside/secret': 'secret', root: { dir: 0o755 } });
    const before = describeTree(join(root.path, 'outside'));
    const inside = members.map((one) => ({
      ...one,
      target: one.target.replace('/outside', join(root.path, 'outside')),
    }));
    await expect(unpack(partsOf(...inside), to, { makeNode })).rejects.toThrow(
      expect.objectContaining({ name: 'ArchiveError' }),
    );
    expect(describeTree(join(root.path, 'outside'))).toEqual(before);
    expect(readdirSync(root.path).toSorted()).toEqual(['outside', 'root']);
  });

  test('that replaces a link by a file of its name writes no further', async () => {
    await using root = await tempRoot();
    const to = join(root.path, 'root');
    plantTree(root.path, { secret: 'secret', root: { dir: 0o755 } });
    const parts = partsOf(
      link('a', join(root.path, 'secret')),
      member({ path: 'a', size: 1 }),
      Buffer.from('x'),
    );
    await unpack(parts, to, { makeNode });
    expect(describeTree(root.path).filter((line) => line.startsWith('secret '))).toEqual([
      expect.stringContaining(' secret'),
    ]);
  });
});

test('work that is given up begins no further member', async () => {
  await using root = await tempRoot();
  const giveUp = new AbortController();
  async function* parts() {
    yield member({ path: 'a' });
    giveUp.abort();
    yield member({ path: 'b' });
  }
  const { signal } = giveUp;
  await expect(unpack(parts(), root.path, { makeNode, signal })).rejects.toThrow('aborted');
  expect(readdirSync(root.path)).toEqual(['a']);
});
