import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { apply } from '../../../agent/apply.ts';
import { bytesOf } from '../../../agent/files/bytes.ts';
import { copyAttributes, copyObject, startCopy } from '../../../agent/files/copy.ts';
import { type Merge, mergeDirectories } from '../../../agent/files/merge.ts';
import { nativeAddon } from '../../helpers/native.ts';
import { recordingSystem } from '../../helpers/recording-system.ts';
import { snapshot } from '../../helpers/snapshot.ts';
import { plantTree, tempRoot } from '../../helpers/tree.ts';

const calls = nativeAddon();

/** Makes `root`/to of directories of `root`. */
async function merged(root: string, from: readonly string[], how: Partial<Merge> = {}) {
  const to = join(root, 'to');
  const standard = {
    path: '/d',
    leaveOut: [],
    bare: [],
    only: 'everything',
    durable: false,
  } as const;
  const sources = from.map((name) => join(root, name));
  return mergeDirectories(calls, { ...standard, from: sources, to, ...how });
}

const copied = (from: string, to: string) =>
  copyObject(startCopy(calls), bytesOf(from), bytesOf(to));

/** Access and modification, in nanoseconds. */
function times(path: string) {
  const { atimeNs, mtimeNs } = lstatSync(path, { bigint: true });
  return { atimeNs, mtimeNs };
}

function setTimes(path: string, time: string): void {
  execFileSync('touch', ['-h', '-d', time, path]);
}

describe('2.5 times, to the nanosecond', () => {
  test.for([
    ['built', { durable: false }],
    ['built beside', { durable: true }],
    ['completed', { only: 'missing names', durable: true }],
  ] as const)('of files, links and directories with names in them, when %s', async ([, how]) => {
    await using root = await tempRoot();
    plantTree(root.path, { '/s/sub/f': 'f', '/s/sub/l': { link: 'f' }, '/s/sub/deep/g': 'g' });
    if ('only' in how) plantTree(root.path, { '/to': { dir: 0o700 } });
    const paths = ['sub/deep/g', 'sub/deep', 'sub/f', 'sub/l', 'sub'];
    for (const [n, path] of paths.entries()) {
      setTimes(join(root.path, 's', path), `2001-02-03T04:05:0${n}.12345678${n}Z`);
    }
    setTimes(join(root.path, 's'), '2001-02-03T04:05:06.987654321Z');
    const before = ['.', ...paths].map((path) => times(join(root.path, 's', path)).mtimeNs);
    await merged(root.path, ['s'], how);
    const after = ['.', ...paths].map((path) => times(join(root.path, 'to', path)).mtimeNs);
    expect(after).toEqual(before);
    expect(after[0]).toBe(981_173_106_987_654_321n);
  });

  test('reading a file does not change when it was read last', async () => {
    await using root = await tempRoot();
    const [from, to] = [join(root.path, 'f'), join(root.path, 'g')];
    writeFileSync(from, 'text');
    setTimes(from, '2001-02-03T04:05:06.123456789Z');
    const before = times(from);
    await copied(from, to);
    expect([times(from), times(to)]).toEqual([before, before]);
  });
});

function aclOf(path: string): string {
  return execFileSync('getfacl', ['-cnp', path], { encoding: 'utf8' });
}

describe('2.5 ACLs', () => {
  test('are those of the source, not those that the place gives to new files', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/s/f': { text: 'f', mode: 0o640 }, '/s/sub/g': 'g' });
    mkdirSync(join(root.path, 'to'));
    execFileSync('setfacl', ['-d', '-m', 'u:99:rwx', join(root.path, 'to')]);
    await merged(root.path, ['s'], { only: 'missing names', durable: true, leaveOut: ['/d/x'] });
    for (const name of ['f', 'sub', 'sub/g']) {
      const [source, copy] = ['s', 'to'].map((top) => aclOf(join(root.path, top, name)));
      expect(copy).toBe(source);
    }
    expect(statSync(join(root.path, 'to/f')).mode).toBe(0o100640);
  });

  test('that only the target has go with the attributes of the source', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/s': { dir: 0o755 }, '/t': { dir: 0o755 } });
    execFileSync('setfacl', ['-m', 'u:99:rwx,d:u:99:rwx', join(root.path, 't')]);
    const [from, to] = ['s', 't'].map((name) => bytesOf(join(root.path, name)));
    await copyAttributes(startCopy(calls), from ?? '', to ?? '');
    expect(aclOf(join(root.path, 't'))).toBe(aclOf(join(root.path, 's')));
  });

  test('never reach a concatenated file (2.3: always 0644)', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/a/f': 'one\n', '/b/f': 'two\n', '/.statelite/tmpfs/etc/x': '' });
    execFileSync('setfacl', ['-d', '-m', 'u:99:rwx', join(root.path, '.statelite/tmpfs/etc')]);
    const from = ['/a', '/b'].map((tree) => ({ root: tree, path: '/f' }));
    const step = { kind: 'concatenate', from, to: '/.statelite/tmpfs/etc/f' } as const;
    await apply([step], root.path, { system: recordingSystem(), calls, onStep: () => {} });
    const made = join(root.path, '.statelite/tmpfs/etc/f');
    expect(aclOf(made)).not.toContain('99');
    expect(readFileSync(made, 'utf8')).toBe('one\ntwo\n');
    expect(readdirSync(join(root.path, '.statelite'))).toEqual(['tmpfs']);
  });
});

describe('2.5 content', () => {
  test('a file that is shorter than its size says does not hang the boot', async () => {
    await using root = await tempRoot();
    const short = '/sys/kernel/mm/transparent_hugepage/enabled'; // 4096 bytes by its size
    expect(statSync(short).size).toBeGreaterThan(readFileSync(short).length);
    await copied(short, join(root.path, 'f'));
    expect(readFileSync(join(root.path, 'f'), 'utf8')).toBe(readFileSync(short, 'utf8'));
  });

  test('a file that changes while it is copied ends as long as it is by then', async () => {
    await using root = await tempRoot();
    const from = join(root.path, 'f');
    writeFileSync(from, 'x'.repeat(64 * 1024 * 1024));
    const copying = copied(from, join(root.path, 'g'));
    await sleep(1);
    truncateSync(from, 1000);
    await copying;
    const copy = readFileSync(join(root.path, 'g'));
    expect(copy.every((byte) => byte === 'x'.charCodeAt(0))).toBe(true);
    expect(copy.length).toBeGreaterThanOrEqual(1000);
  });

  test.for([
    ['data at the start', [0]],
    ['data in the middle', [5_000_001]],
    ['data at the end', [8 * 1024 * 1024 - 10]],
    ['nothing but a hole', []],
  ] as const)('a sparse file with %s keeps holes and size', async ([, places]) => {
    await using root = await tempRoot();
    const from = join(root.path, 'f');
    {
      await using file = await open(from, 'w');
      for (const at of places) await file.write('some bytes', at);
      await file.truncate(8 * 1024 * 1024);
    }
    await copied(from, `${from}2`);
    expect(readFileSync(`${from}2`).equals(readFileSync(from))).toBe(true);
    expect(lstatSync(`${from}2`).blocks * 512).toBeLessThan(256 * 1024);
  });

  test('a huge hole takes no time to copy', async () => {
    await using root = await tempRoot();
    const from = join(root.path, 'lastlog');
    writeFileSync(from, 'start');
    truncateSync(from, 8 * 1024 ** 4);
    await copied(from, `${from}2`);
    expect(lstatSync(`${from}2`).size).toBe(8 * 1024 ** 4);
  });

  test('concatenated files may be large, sparse and empty', async () => {
    await using root = await tempRoot();
    const [big, sparse] = ['b'.repeat(3_000_001), '\0'.repeat(1_000_000)];
    plantTree(root.path, { '/a/f': big, '/b/f': '', '/c/f': 's', '/d/f': 'end' });
    truncateSync(join(root.path, 'c/f'), 1_000_001);
    const from = ['/a', '/b', '/c', '/d'].map((tree) => ({ root: tree, path: '/f' }));
    const step = { kind: 'concatenate', from, to: '/T/f' } as const;
    await apply([step], root.path, { system: recordingSystem(), calls, onStep: () => {} });
    expect(readFileSync(join(root.path, 'T/f'), 'latin1')).toBe(`${big}s${sparse}end`);
  });
});

describe('2.5 objects of every kind', () => {
  test('a socket is left out and told, not a failure', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/s/f': 'f', '/low/sock': 'a file' });
    const server = createServer().listen(join(root.path, 's/sock'));
    await once(server, 'listening');
    try {
      const { sockets } = await merged(root.path, ['s', 'low']);
      expect(sockets).toEqual(['/d/sock']);
    } finally {
      server.close();
    }
    expect(snapshot(join(root.path, 'to'))).toEqual({ '/f': 'f' });
  });

  test('links of any length', async () => {
    await using root = await tempRoot();
    const target = 'x/'.repeat(2047).slice(0, 4095);
    plantTree(root.path, { '/s/l': { link: target } });
    await merged(root.path, ['s']);
    expect(readlinkSync(join(root.path, 'to/l'))).toBe(target);
  });

  test('ten thousand names in one directory, and a source that cannot be written', async () => {
    await using root = await tempRoot();
    mkdirSync(join(root.path, 's/empty'), { recursive: true });
    for (let n = 0; n < 10_000; n += 1) writeFileSync(join(root.path, 's', `${n}`), '');
    execFileSync('chattr', ['+i', join(root.path, 's/7')]);
    try {
      await merged(root.path, ['s']);
    } finally {
      execFileSync('chattr', ['-i', join(root.path, 's/7')]);
    }
    expect(readdirSync(join(root.path, 'to'))).toHaveLength(10_001);
    expect(readdirSync(join(root.path, 'to/empty'))).toEqual([]);
  });

  test('what statelite itself leaves behind is no source', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/s/.statelite.new/x': 'half', '/s/f': 'f', '/to/own': 'own' });
    await merged(root.path, ['s'], { only: 'missing names', durable: true });
    expect(snapshot(join(root.path, 'to'))).toEqual({ '/f': 'f', '/own': 'own' });
  });
});

describe('2.5 hard links', () => {
  test('to what a killed run has copied already are hard links to it', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/s/a': 'one', '/s/p': 'two' });
    linkSync(join(root.path, 's/a'), join(root.path, 's/b'));
    linkSync(join(root.path, 's/p'), join(root.path, 's/q'));
    mkdirSync(join(root.path, 'to'));
    await copied(join(root.path, 's/a'), join(root.path, 'to/a'));
    writeFileSync(join(root.path, 'to/p'), 'the node wrote this');
    await merged(root.path, ['s'], { only: 'missing names', durable: true });
    const inode = (name: string) => lstatSync(join(root.path, 'to', name)).ino;
    expect(inode('b')).toBe(inode('a'));
    expect(inode('q')).not.toBe(inode('p'));
    expect(readFileSync(join(root.path, 'to/q'), 'utf8')).toBe('two');
  });
});

describe('5.7 a copy that was given up', () => {
  test.for(['everything', 'missing names'] as const)(
    'begins nothing more, and touches nothing of the next try (%s)',
    async (only) => {
      await using root = await tempRoot();
      const files = Array.from({ length: 1000 }, (_, n) => [`/s/${n}`, 'x'] as const);
      plantTree(root.path, Object.fromEntries(files));
      if (only === 'missing names') plantTree(root.path, { '/to/own': 'own' });
      const giveUp = new AbortController();
      let begun = 0;
      const abortAtThird = () => {
        begun += 1;
        if (begun === 3) giveUp.abort();
      };
      const batch: typeof calls.batch = async (changes) => {
        abortAtThird();
        return calls.batch(changes);
      };
      const copyObjectCall: typeof calls.copyObject = async (from, to) => {
        abortAtThird();
        return calls.copyObject(from, to);
      };
      const merging = mergeDirectories(
        { ...calls, batch, copyObject: copyObjectCall },
        {
          from: [join(root.path, 's')],
          to: join(root.path, 'to'),
          path: '/d',
          leaveOut: [],
          bare: [],
          only,
          durable: true,
          signal: giveUp.signal,
        },
      );
      await expect(merging).rejects.toMatchObject({ name: 'AbortError' });
      expect(begun).toBeLessThan(8);
      expect(snapshot(root.path)).toHaveProperty(
        only === 'everything' ? '/.statelite.new' : '/to/.statelite.new',
      );
      await merged(root.path, ['s'], { only, durable: true });
      expect(readdirSync(root.path).toSorted()).toEqual(['s', 'to']);
    },
  );
});
