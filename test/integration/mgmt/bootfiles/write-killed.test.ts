import { execFile } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, readlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { BootFile } from '../../../../mgmt/bootfiles/layout.ts';
import { tempRoot } from '../../../helpers/tree.ts';
import { writeAll } from './write-all.ts';

const directory = 'pxelinux.cfg';
const file = (name: string, content: string) => ({ path: `${directory}/${name}`, content });
const link = (name: string, text: string) => ({ path: `${directory}/${name}`, link: text });

/** n2 got the address of n1, and n3 is new. */
const before: readonly BootFile[] = [
  file('n1', 'old 1'),
  link('01-52-54-00-00-00-01', 'n1'),
  link('0A000001', 'n1'),
  file('n2', 'old 2'),
];
const after: readonly BootFile[] = [
  file('n1', 'new 1'),
  link('01-52-54-00-00-00-01', 'n1'),
  link('0A000009', 'n1'),
  file('n2', 'new 2'),
  link('01-52-54-00-00-00-02', 'n2'),
  link('0A000001', 'n2'),
  file('n3', 'new 3'),
  link('01-52-54-00-00-00-03', 'n3'),
  link('0A000003', 'n3'),
];

const runner = join(import.meta.dirname, 'write-run.ts');
const program = async (...argv: readonly string[]) =>
  promisify(execFile)(argv[0] ?? '', argv.slice(1));
const argvOf = (tftpdir: string, files: readonly BootFile[]) => [
  process.execPath,
  runner,
  tftpdir,
  JSON.stringify(files),
];

/** Everything that loaders can ask for, as text; what stands beside is not. */
function seen(tftpdir: string): Map<string, string> {
  const names = readdirSync(join(tftpdir, directory)).filter((name) => !name.startsWith('.'));
  return new Map(names.map((name) => [name, textOf(join(tftpdir, directory, name))]));
}

function textOf(path: string): string {
  if (lstatSync(path).isSymbolicLink()) return `to ${readlinkSync(path)}`;
  return readFileSync(path, 'utf8');
}

const wantedOf = (files: readonly BootFile[]) =>
  new Map(
    files.map((one) => [
      one.path.slice(directory.length + 1),
      'link' in one ? `to ${one.link}` : one.content,
    ]),
  );

async function killed(tftpdir: string, change: number): Promise<boolean> {
  try {
    await program(...argvOf(tftpdir, after), String(change));
    return false;
  } catch (error) {
    if (error instanceof Error && 'signal' in error && error.signal === 'SIGKILL') return true;
    throw error;
  }
}

function hex(number: number): string {
  return number.toString(16).toUpperCase().padStart(2, '0');
}

describe('boot files', () => {
  test('of a command that is killed are old or new, and the next one completes them', async () => {
    const [old, now] = [wantedOf(before), wantedOf(after)];
    let cut = 0;
    for (let change = 1; ; change += 1) {
      await using root = await tempRoot();
      await writeAll(root.path, before);
      if (!(await killed(root.path, change))) break;
      cut += 1;
      const left = seen(root.path);
      for (const [name, text] of left) expect([old.get(name), now.get(name)]).toContain(text);
      const ends = [...left.values()].filter((text) => text.startsWith('to '));
      for (const text of ends) expect([...left.keys()]).toContain(text.slice(3));
      for (const name of old.keys()) expect([...left.keys()]).toContain(name);
      await writeAll(root.path, after);
      for (const [name, text] of now) expect(seen(root.path).get(name)).toBe(text);
    }
    expect(cut).toBeGreaterThan(12);
  }, 180_000);

  test('that were being made by a command that was killed are gone after an hour', async () => {
    await using root = await tempRoot();
    await writeAll(root.path, before);
    expect(await killed(root.path, 3)).toBe(true); // two are beside their places
    const beside = () =>
      readdirSync(join(root.path, directory)).filter((name) => name.endsWith('.new'));
    const left = beside();
    expect(left).not.toEqual([]);
    await writeAll(root.path, after);
    expect(beside()).toEqual(left); // another command may be at work
    for (const name of left) utimesSync(join(root.path, directory, name), 1e9, 1e9);
    await writeAll(root.path, after);
    expect(beside()).toEqual([]);
  });
});

test('links are symlinks of their own where a symlink cannot have several names', async () => {
  await using root = await tempRoot();
  await program(...argvOf(root.path, after), 'no', 'links');
  expect(seen(root.path)).toEqual(wantedOf(after));
  expect(lstatSync(join(root.path, directory, '0A000003')).nlink).toBe(1);
});

describe('the system calls of writing boot files', () => {
  const changing = ['fsync', 'syncfs', 'rename', 'symlink', 'link', 'unlink'];

  /** How often each of the calls was made that change something. */
  async function calls(tftpdir: string, files: readonly BootFile[]) {
    await using root = await tempRoot();
    const trace = join(root.path, 'trace');
    const options = ['-f', '-qq', '-o', trace, '-e', `trace=${changing.join(',')}`];
    await program('strace', ...options, ...argvOf(tftpdir, files));
    const text = readFileSync(trace, 'utf8');
    return Object.fromEntries(
      changing.flatMap((name) => {
        const count = text.split('\n').filter((line) => line.includes(` ${name}(`)).length;
        return count === 0 ? [] : [[name, count]];
      }),
    );
  }

  const many = Array.from({ length: 100 }, (_, node) => [
    file(`n${node}`, `${node}`),
    link(`0A0000${hex(node)}`, `n${node}`),
    link(`01-52-54-00-00-00-${hex(node).toLowerCase()}`, `n${node}`),
    { path: `boot/grub2/grub2-n${node}`, link: 'grub2.x86_64' },
  ]).flat();

  test('are few for each node, one flush for all, and none if nothing changes', async () => {
    await using root = await tempRoot();
    expect(await calls(root.path, many)).toEqual({
      syncfs: 1,
      // A symlink for the two names of each node, two for what all have in common.
      symlink: 102,
      link: 198,
      rename: 202,
    });
    expect(await calls(root.path, many)).toEqual({});
    const changed = { path: `${directory}/n7`, content: 'new' };
    const files = many.map((one) => (one.path === changed.path ? changed : one));
    expect(await calls(root.path, files)).toEqual({ fsync: 1, rename: 1 });
  }, 60_000);
});
