import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bytesOf, checked, fsPath, textOf } from '../../../agent/files/bytes.ts';
import { besideOf } from '../../../agent/files/beside.ts';
import { copyBeside, copyObject, startCopy } from '../../../agent/files/copy.ts';
import { replaceFile } from '../../../agent/files/replace.ts';
import { nativeAddon } from '../../helpers/native.ts';
import { plantTree, tempRoot } from '../../helpers/tree.ts';

const calls = nativeAddon();

const copied = (root: string, name: string, job = startCopy(calls)) =>
  copyObject(job, bytesOf(join(root, name)), bytesOf(join(root, `${name}.copy`)));

describe('2.5 a copy keeps', () => {
  test.for([0o644, 0o600, 0o755, 0o4755, 0o2711, 0o1777, 0o000])(
    'owner, times and the mode %o',
    async (mode) => {
      await using root = await tempRoot();
      plantTree(root.path, { '/f': { text: 'text', mode, uid: 1234, gid: 5678 } });
      utimesSync(join(root.path, 'f'), 1_000_000_000.5, 1_100_000_000.25);
      await copied(root.path, 'f');
      const stats = lstatSync(join(root.path, 'f.copy'));
      expect(stats).toMatchObject({ uid: 1234, gid: 5678, mode: 0o100000 + mode });
      expect(stats.mtimeMs).toBe(1_100_000_000_250);
      expect(readFileSync(join(root.path, 'f.copy'), 'utf8')).toBe('text');
    },
  );

  test('symlinks as they are, with owner and times', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/l': { link: '../no/such/é' } });
    execFileSync('chown', ['-h', '12:34', join(root.path, 'l')]);
    lutimesSync(join(root.path, 'l'), 1_000_000_000, 1_000_000_000);
    await copied(root.path, 'l');
    expect(readlinkSync(join(root.path, 'l.copy'))).toBe('../no/such/é');
    expect(lstatSync(join(root.path, 'l.copy'))).toMatchObject({
      uid: 12,
      gid: 34,
      mtimeMs: 1_000_000_000_000,
    });
  });

  test('xattrs and ACLs', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/f': { text: 'x', mode: 0o640 } });
    const file = join(root.path, 'f');
    execFileSync('setfattr', ['-n', 'user.note', '-v', 'kept', file]);
    execFileSync('setfattr', ['-n', 'trusted.odd', '-v', '0x00ff', file]);
    execFileSync('setfacl', ['-m', 'u:1234:rw', file]);
    const job = startCopy(calls);
    await copied(root.path, 'f', job);
    const told = (name: string) =>
      execFileSync('getfattr', ['-d', '-m', '-', '-e', 'hex', join(root.path, name)], {
        encoding: 'utf8',
      }).replace(/^# file.*\n/mu, '');
    expect(told('f.copy')).toBe(told('f'));
    expect(told('f.copy')).toContain('system.posix_acl_access');
    expect([...job.lost]).toEqual([]);
  });

  test('capabilities of a program', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/ping': { text: 'x', mode: 0o755 } });
    const raw = '0x0000000200200000000000000000000000000000';
    execFileSync('setfattr', ['-n', 'security.capability', '-v', raw, join(root.path, 'ping')]);
    await copied(root.path, 'ping');
    const kept = execFileSync(
      'getfattr',
      ['-n', 'security.capability', '-e', 'hex', join(root.path, 'ping.copy')],
      { encoding: 'utf8' },
    );
    expect(kept).toContain(raw);
  });

  test('holes', async () => {
    await using root = await tempRoot();
    const file = join(root.path, 'sparse');
    truncateSync(writtenAt(file, 'start'), 8 * 1024 * 1024);
    await using handle = await open(file, 'r+');
    await handle.write('middle', 4 * 1024 * 1024);
    await copied(root.path, 'sparse');
    const copy = lstatSync(`${file}.copy`);
    expect(copy.size).toBe(8 * 1024 * 1024);
    expect(copy.blocks * 512).toBeLessThan(256 * 1024);
    expect(readFileSync(`${file}.copy`).equals(readFileSync(file))).toBe(true);
  });

  test('FIFOs, sockets and device nodes', async () => {
    await using root = await tempRoot();
    execFileSync('mkfifo', ['-m', '620', join(root.path, 'fifo')]);
    execFileSync('mknod', ['-m', '666', join(root.path, 'null'), 'c', '1', '3']);
    execFileSync('mknod', ['-m', '660', join(root.path, 'loop'), 'b', '7', '0']);
    for (const name of ['fifo', 'null', 'loop']) {
      await copied(root.path, name);
      const [from, to] = [name, `${name}.copy`].map((one) => lstatSync(join(root.path, one)));
      expect(to).toMatchObject({ mode: from?.mode, rdev: from?.rdev });
    }
  });

  test('names that are no text', async () => {
    await using root = await tempRoot();
    const odd = Buffer.concat([Buffer.from(`${root.path}/`), Buffer.from([0x66, 0xff, 0xfe])]);
    writeFileSync(odd, 'odd');
    const from = odd.toString('latin1');
    await copyObject(startCopy(calls), from, `${from}2`);
    expect(readFileSync(fsPath(`${from}2`), 'utf8')).toBe('odd');
  });

  test('hard links within one source, not across two', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/a': 'one' });
    linkSync(join(root.path, 'a'), join(root.path, 'b'));
    linkSync(join(root.path, 'a'), join(root.path, 'c'));
    const job = startCopy(calls);
    await copied(root.path, 'a', job);
    await copied(root.path, 'b', job);
    await copied(root.path, 'c', startCopy(calls));
    const inode = (name: string) => lstatSync(join(root.path, `${name}.copy`)).ino;
    expect(inode('a')).toBe(inode('b'));
    expect(inode('a')).not.toBe(inode('c'));
    expect(inode('a')).not.toBe(lstatSync(join(root.path, 'a')).ino);
  });
});

function writtenAt(file: string, text: string): string {
  writeFileSync(file, text);
  return file;
}

describe('a copy never', () => {
  test('replaces what is there', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/f': 'new', '/f.copy': 'old', '/l': { link: 'x' }, '/l.copy': 'old' });
    await expect(copied(root.path, 'f')).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(copied(root.path, 'l')).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(join(root.path, 'f.copy'), 'utf8')).toBe('old');
  });

  test('follows a link that stands where it writes', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/f': 'new', '/f.copy': { link: 'victim' } });
    await expect(copied(root.path, 'f')).rejects.toMatchObject({ code: 'EEXIST' });
    expect(() => lstatSync(join(root.path, 'victim'))).toThrow('ENOENT');
  });
});

describe('3.1 a power cut leaves a file whole or absent', () => {
  test('a file is copied beside and renamed; leftovers are taken away first', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/s/f': 'new', '/p/f': '', '/p/.statelite.new/half': 'x' });
    const [from, to] = ['s/f', 'p/f'].map((name) => bytesOf(join(root.path, name)));
    await copyBeside(startCopy(calls, { durable: true }), from ?? '', to ?? '');
    expect(readFileSync(join(root.path, 'p/f'), 'utf8')).toBe('new');
    expect(readdirSync(join(root.path, 'p'))).toEqual(['f']);
    expect(besideOf('/p/f')).toBe('/p/.statelite.new');
  });

  test('a list is replaced as a whole', async () => {
    await using root = await tempRoot();
    const file = join(root.path, '.statelite.filled');
    await replaceFile(file, '/a\n');
    await replaceFile(file, '/a\n/b\n', 0o600);
    expect(readFileSync(file, 'utf8')).toBe('/a\n/b\n');
    expect(lstatSync(file).mode).toBe(0o100600);
    expect(readdirSync(root.path)).toEqual(['.statelite.filled']);
  });
});

describe('the addon', () => {
  test('tells a failure by the name of its errno', async () => {
    await using root = await tempRoot();
    const missing = bytesOf(join(root.path, 'missing'));
    const result = await calls.copyAttributes(missing, missing);
    expect(() => checked(result, 'attributes')).toThrow('ENOENT: attributes');
    mkdirSync(join(root.path, 'd'));
    const present = await calls.makeNode(bytesOf(join(root.path, 'd')), 0o10644, 0);
    expect(() => checked(present, 'mknod')).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    expect(checked(3, 'count')).toBe(3);
  });

  test('counts the xattrs that the target cannot keep', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/f': 'x', '/l': { link: 'f' } });
    execFileSync('setfattr', ['-n', 'user.note', '-v', 'x', join(root.path, 'f')]);
    const [from, to] = ['f', 'l'].map((name) => bytesOf(join(root.path, name)));
    expect(await calls.copyAttributes(from ?? '', to ?? '')).toBe(1); // no user xattrs on links
  });

  test('bytes and text are told apart', () => {
    expect(textOf(bytesOf('/é'))).toBe('/é');
    expect(bytesOf('/é')).toHaveLength(3);
  });
});
