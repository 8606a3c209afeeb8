import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exlistFilter, readExlist } from '../../../../mgmt/image/pack/exlist.ts';
import { type Random, randomOf } from '../../../fuzz/random.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';

test('lists are read with their includes, relative to where these are named', async () => {
  await using directory = await tempRoot();
  plantTree(directory.path, {
    'a/main.exlist': '#INCLUDE:../b/base.exlist#\n# words\n\n-./boot*\n+./boot/grub*\n',
    'b/base.exlist': '#INCLUDE:more/deep.exlist#\n./usr/share/doc*\n',
    'b/more/deep.exlist': './tmp/*\n./boot*\n',
    'second.exlist': './var/cache/*\n',
  });
  const paths = ['a/main.exlist', 'second.exlist'].map((path) => join(directory.path, path));
  expect(await readExlist(paths)).toEqual({
    exclude: ['./tmp/*', './boot*', './usr/share/doc*', './var/cache/*'],
    include: ['./boot/grub*'],
    warnings: [],
  });
});

test('a line that cannot match is a warning with its list', async () => {
  await using directory = await tempRoot();
  const path = join(directory.path, 'x.exlist');
  writeFileSync(path, '/usr/share/doc*\nusr*\n./tmp/\n./ok\n*/ok\n');
  const { warnings } = await readExlist(path);
  expect(warnings.map((warning) => warning.split(' ')[1])).toEqual([
    '/usr/share/doc*',
    'usr*',
    './tmp/',
  ]);
});

test.for([
  ['includes itself', { 'x.exlist': '#INCLUDE:y.exlist#', 'y.exlist': '#INCLUDE:x.exlist#' }],
  ['x.exlist includes, cannot be read', { 'x.exlist': '#INCLUDE:none.exlist#' }],
  ['cannot be read', {}],
] as const)('a list that %s is refused by name', async ([reason, files]) => {
  await using directory = await tempRoot();
  plantTree(directory.path, files);
  await expect(readExlist(join(directory.path, 'x.exlist'))).rejects.toMatchObject({
    code: 'ERR_STATELITE_IMAGE',
    message: expect.stringContaining(reason),
  });
});

test('on random trees and patterns, what is left is what find prints', async () => {
  await using directory = await tempRoot();
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = randomOf(seed);
    const root = join(directory.path, String(seed));
    plantRandom(root, random);
    const exclude = Array.from({ length: 1 + random(4) }, () => randomPattern(random));
    const include = Array.from({ length: random(3) }, () => randomPattern(random));
    const isOut = exlistFilter({ exclude, include, warnings: [] });
    const all = find(root, []);
    const left = all.filter((path) => path === '.' || !isOut(path.slice(2)));
    const found = { seed, exclude, include, left: asStock(root, exclude, include) };
    expect({ seed, exclude, include, left }).toEqual(found);
  }
}, 60_000);

/** Two runs of find(1), as xCAT does it; the root itself stays with us. */
function asStock(root: string, exclude: string[], include: string[]): string[] {
  const first = find(
    root,
    exclude.flatMap((pattern) => ['!', '-path', pattern]),
  );
  const again = include.flatMap((pattern) => find(root, ['-path', pattern]));
  return [...new Set(['.', ...first, ...again])].toSorted();
}

function find(root: string, tests: string[]): string[] {
  const output = execFileSync('find', ['.', ...tests, '-print0'], {
    cwd: root,
    encoding: 'latin1',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return output.split('\0').slice(0, -1).toSorted();
}

const names = [
  'a',
  'b',
  'ab',
  '.a',
  'a.b',
  'x y',
  '[a]',
  '*',
  '?',
  '\\',
  'ü',
  'üb',
  '-',
  ']',
  '#',
  '!a',
  '^',
];

function plantRandom(root: string, random: Random): void {
  mkdirSync(root);
  const directories = [root];
  for (let count = 0; count < 25; count += 1) {
    const parent = directories[random(directories.length)] ?? root;
    const place = join(parent, names[random(names.length)] ?? 'a');
    try {
      if (random(2) === 0) writeFileSync(place, '', { flag: 'wx' });
      else {
        mkdirSync(place);
        directories.push(place);
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

const pieces = [
  '*',
  '?',
  '/',
  '[ab]',
  '[!a]',
  '[^.]',
  '[a-z]',
  '[]a]',
  '[[:alpha:]]',
  '[[:punct:]]',
  '[!a-z/]',
  '\\*',
  '\\[',
  '\\\\',
  '[a',
  '[\\]]',
  '[ü-ÿ]',
  ...names,
];

function randomPattern(random: Random): string {
  const parts = Array.from({ length: 1 + random(5) }, () => pieces[random(pieces.length)] ?? '*');
  return `${random(5) === 0 ? '' : './'}${parts.join('')}`;
}
