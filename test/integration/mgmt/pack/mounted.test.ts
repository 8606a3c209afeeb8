import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inNamespace } from '../../../helpers/namespace.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';
import type { Seen, Steps } from './namespace-run.ts';

const run = async (steps: Steps) =>
  inNamespace<Seen>('../integration/mgmt/pack/namespace-run.ts', steps);

test('what is mounted in a tree is not packed, and a warning names it', async () => {
  await using directory = await tempRoot();
  const root = join(directory.path, 'rootimg');
  plantTree(directory.path, { 'other/secret': 'x', file: 'y' });
  plantTree(root, {
    'etc/motd': 'x',
    'etc/file': 'covered',
    proc: { dir: 0o555 },
    'bound here': { dir: 0o700 },
  });
  const output = join(directory.path, 'packed');
  const { warnings } = await run({
    mounts: [
      ['-t', 'proc', 'proc', join(root, 'proc')],
      ['--bind', join(directory.path, 'other'), join(root, 'bound here')],
      ['--bind', join(directory.path, 'file'), join(root, 'etc/file')],
    ],
    pack: { root, output, format: 'cpio', compression: 'none' },
    list: [],
  });
  const names = execFileSync('cpio', ['-t', '--quiet'], {
    input: readFileSync(output),
    encoding: 'utf8',
  });
  expect(names.split('\n').slice(0, -1)).toEqual(['.', 'bound here', 'etc', 'etc/motd', 'proc']);
  expect(warnings?.map((warning) => /on (.*): /u.exec(warning)?.[1])).toEqual(
    ['bound here', 'etc/file', 'proc'].map((name) => join(root, name)),
  );
});

test.for([
  ['cpio', 'gzip'],
  ['tar', 'none'],
  ['squashfs', 'zstd'],
] as const)(
  'a full disk under a %s: the earlier file stays, and the message says what to do',
  async ([format, compression]) => {
    await using directory = await tempRoot();
    const root = join(directory.path, 'rootimg');
    const small = join(directory.path, 'small');
    mkdirSync(join(root, 'etc'), { recursive: true });
    mkdirSync(small);
    writeFileSync(join(root, 'etc/random'), randomBytes(6 << 20));
    const output = join(small, 'rootimg-statelite.gz');
    const { error, names } = await run({
      mounts: [['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', small]],
      run: ['cp', join(import.meta.dirname, 'mounted.test.ts'), output],
      pack: { root, output, format, compression },
      list: [small],
    });
    expect(error?.message).toContain(`no space is left in ${small} for rootimg-statelite.gz`);
    expect(error?.message).toMatch(/needs more than the \d+ MiB/u);
    expect(error?.hint).toContain('free space there');
    expect(names).toEqual([['rootimg-statelite.gz']]);
  },
);

test('removing an image unmounts what is in its tree, and nothing of another one', async () => {
  await using directory = await tempRoot();
  const at = (name: string) => join(directory.path, name);
  plantTree(directory.path, {
    'img/rootimg/etc/motd': 'x',
    'img/rootimg/bound': { dir: 0o755 },
    'img/rootimg2/bound': { dir: 0o755 },
    'img/kernel': 'k',
    'img/notes': 'mine',
    'precious/file': 'x',
    'img.generations/3/rootimg/proc': { dir: 0o755 },
  });
  const { removed, names, error } = await run({
    mounts: [
      ['--bind', at('precious'), at('img/rootimg/bound')],
      ['-t', 'tmpfs', 'over', at('img/rootimg/bound')],
      ['--bind', at('precious'), at('img/rootimg2/bound')],
      ['-t', 'proc', 'proc', at('img.generations/3/rootimg/proc')],
    ],
    remove: at('img'),
    list: [directory.path, at('img'), at('img/rootimg2/bound'), at('precious')],
  });
  expect(error).toBeUndefined();
  expect(names).toEqual([['img', 'precious'], ['notes', 'rootimg2'], ['file'], ['file']]);
  expect(removed).toEqual([at('img/kernel'), at('img/rootimg'), at('img.generations')]);
});
