import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { bytesOf } from '../../../../agent/files/bytes.ts';
import { withImageLock } from '../../../../mgmt/image/genimage/lock.ts';
import { copyMedia } from '../../../../mgmt/media/copy-medium.ts';
import { openMedium } from '../../../../mgmt/media/open-medium.ts';
import { nativeAddon } from '../../../helpers/native.ts';
import { snapshot } from '../../../helpers/snapshot.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';
import type { Outcome, Run } from './copy-run.ts';
import { type Files, makeIso, plantMedium } from './make-media.ts';

const { signal } = new AbortController();
const exchange = async (one: string, other: string) =>
  nativeAddon().exchange(bytesOf(one), bytesOf(other));

/** Copies trees or ISOs to the top of `path`; discs are numbered from `first`. */
async function copy(path: string, media: readonly string[], first = 1, deps = {}): Promise<void> {
  const discs = await Promise.all(
    media.map(async (medium, index) => {
      return { medium: await openMedium(medium, signal), directory: '', number: first + index };
    }),
  );
  await copyMedia(path, discs, { signal, exchange, onProgress: () => {}, ...deps });
}

/** What a copy holds, but for its fingerprints. */
function filesOf(path: string) {
  const { '/.fingerprint': fingerprint, ...files } = snapshot(path);
  return { fingerprints: (fingerprint ?? '').split('\n').filter(Boolean).length, files };
}

/** Runs copy-run.ts, in a mount namespace in which `mounts` are made before. */
async function inProcess(run: Run, mounts: readonly string[] = []): Promise<Outcome | 'killed'> {
  const script = [...mounts, 'exec "$@"'].join(' && ');
  const runner = [process.execPath, join(import.meta.dirname, 'copy-run.ts')];
  const argv = ['-m', '--propagation', 'private', 'sh', '-ec', script, 'sh', ...runner];
  const child = spawn('unshare', argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(run));
  const out = await text(child.stdout);
  return out === '' ? 'killed' : JSON.parse(out);
}

const one: Files = { '.discinfo': 'one', 'BaseOS/a': 'first', 'BaseOS/sub/b': 'b' };
const two: Files = { '.discinfo': 'two', 'BaseOS/a': 'second', 'BaseOS/c': 'c', AppStream: 'x' };

describe('a copy', () => {
  test('is what the medium holds, readable by everybody', async () => {
    await using root = await tempRoot();
    const iso = makeIso(root.path, 'm', {
      secret: { text: 'x', mode: 0o600 },
      program: { text: '#!', mode: 0o4711 },
      private: { dir: 0o700 },
      'private/l': { link: '../secret' },
    });
    for (const [name, medium] of [
      ['iso', iso],
      ['tree', join(root.path, 'm.tree')],
    ] as const) {
      const path = join(root.path, 'install', name);
      await copy(path, [medium]);
      const mode = (file: string) => (statSync(join(path, file)).mode & 0o7777).toString(8);
      expect([mode(''), mode('secret'), mode('program'), mode('private')]).toEqual([
        '755',
        '644',
        '755',
        '755',
      ]);
      expect(filesOf(path).files).toEqual(snapshot(join(root.path, 'm.tree')));
    }
  });

  test('keeps the times of files, which repositories record', async () => {
    await using root = await tempRoot();
    const tree = plantMedium(root.path, 'tree', one);
    const { utimesSync } = await import('node:fs');
    utimesSync(join(tree, 'BaseOS/a'), 1_000_000_000, 1_000_000_000);
    await copy(join(root.path, 'to'), [tree]);
    expect(statSync(join(root.path, 'to/BaseOS/a')).mtimeMs).toBe(1e12);
  });

  test('is merged from several discs, the first of which has the last word', async () => {
    await using root = await tempRoot();
    const media = [plantMedium(root.path, 'one', one), plantMedium(root.path, 'two', two)];
    const merged = {
      '/.discinfo': 'one',
      '/AppStream': 'x',
      '/BaseOS': 'dir',
      '/BaseOS/a': 'first',
      '/BaseOS/c': 'c',
      '/BaseOS/sub': 'dir',
      '/BaseOS/sub/b': 'b',
    };
    const expected = { fingerprints: 2, files: merged };
    await copy(join(root.path, 'together'), media);
    expect(filesOf(join(root.path, 'together'))).toEqual(expected);
    await copy(join(root.path, 'after'), media.slice(0, 1));
    await copy(join(root.path, 'after'), media.slice(1), 2);
    expect(filesOf(join(root.path, 'after'))).toEqual(expected);
    await copy(join(root.path, 'before'), media.slice(1), 2);
    await copy(join(root.path, 'before'), media.slice(0, 1));
    expect(filesOf(join(root.path, 'before'))).toEqual(expected);
  });

  test('of a corrected medium replaces its files, and keeps what others have put there', async () => {
    await using root = await tempRoot();
    const path = join(root.path, 'install/rocky9/x86_64');
    await copy(path, [plantMedium(root.path, 'one', one)]);
    plantTree(path, { 'site/own.rpm': 'mine', BaseOS2: { link: 'BaseOS' } });
    chmodSync(join(path, 'site'), 0o2775);
    await copy(path, [plantMedium(root.path, 'new', { ...one, 'BaseOS/a': 'corrected' })]);
    expect(filesOf(path).files).toEqual({
      '/.discinfo': 'one',
      '/BaseOS': 'dir',
      '/BaseOS/a': 'corrected',
      '/BaseOS/sub': 'dir',
      '/BaseOS/sub/b': 'b',
      '/BaseOS2': '-> BaseOS',
      '/site': 'dir',
      '/site/own.rpm': 'mine',
    });
    expect(statSync(join(path, 'site')).mode & 0o7777).toBe(0o2775);
    expect(readdirSync(join(path, '..'))).toEqual(['x86_64']);
  });

  test('shares unchanged files with the one before, so who reads them is not disturbed', async () => {
    await using root = await tempRoot();
    const path = join(root.path, 'to');
    await copy(path, [plantMedium(root.path, 'one', one)]);
    await writeFile(join(path, 'own'), 'x');
    const { ino } = statSync(join(path, 'own'));
    await copy(path, [plantMedium(root.path, 'two', two)]);
    expect(statSync(join(path, 'own')).ino).toBe(ino);
  });

  test('goes to where a link leads, on that file system', async () => {
    await using root = await tempRoot();
    await mkdir(join(root.path, 'data'));
    await symlink('data', join(root.path, 'install'));
    await copy(join(root.path, 'install'), [plantMedium(root.path, 'one', one)]);
    expect(filesOf(join(root.path, 'data')).files).toHaveProperty('/BaseOS/a');
    expect(readdirSync(root.path).toSorted()).toEqual(['data', 'install', 'one']);
  });

  test('says how far it is', async () => {
    await using root = await tempRoot();
    for (const medium of [makeIso(root.path, 'm', one), join(root.path, 'm.tree')]) {
      const seen: number[] = [];
      const onProgress = (done: number) => void seen.push(done);
      rmSync(join(root.path, 'to'), { recursive: true, force: true });
      await copy(join(root.path, 'to'), [medium], 1, { onProgress });
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      expect(seen.at(-1)).toBe(9); // "one", "first", "b"
    }
  });
});

describe('nothing changes', () => {
  test('while somebody else is at the same copy', async () => {
    await using root = await tempRoot();
    const path = join(root.path, 'to');
    const medium = plantMedium(root.path, 'one', one);
    await withImageLock(path, async () => {
      await expect(copy(path, [medium])).rejects.toMatchObject({ code: 'ERR_STATELITE_IMAGE' });
    });
    expect(existsSync(path)).toBe(false);
  });

  test('if a medium turns out to be damaged while it is unpacked', async () => {
    await using root = await tempRoot();
    const path = join(root.path, 'install/rocky9/x86_64');
    const iso = makeIso(root.path, 'm', { ...one, big: 'x'.repeat(3_000_000) }, ['-R']);
    const medium = await openMedium(iso, signal);
    const bytes = await readFile(iso);
    await writeFile(iso, bytes.subarray(0, 1_000_000));
    const discs = [{ medium, directory: '', number: 1 }];
    await expect(
      copyMedia(path, discs, { signal, exchange, onProgress: () => {} }),
    ).rejects.toMatchObject({
      code: 'ERR_STATELITE_IMAGE',
      message: `Media copy operation failed: ${iso}`,
      hint: expect.stringContaining('checksum'),
    });
    expect(readdirSync(join(root.path, 'install'))).toEqual([]);
  });

  test('if a file of a tree becomes shorter meanwhile', async () => {
    await using root = await tempRoot();
    const tree = plantMedium(root.path, 'one', one);
    const medium = await openMedium(tree, signal);
    await writeFile(join(tree, 'BaseOS/a'), 'fir');
    const discs = [{ medium, directory: '', number: 1 }];
    await expect(
      copyMedia(join(root.path, 'to'), discs, { signal, exchange, onProgress: () => {} }),
    ).rejects.toThrow('BaseOS/a has 3 of 5 bytes');
    expect(readdirSync(root.path)).toEqual(['one']);
  });

  test.for(['iso', 'tree'])('when it is given up in the middle of %s', async (kind) => {
    await using root = await tempRoot();
    const iso = makeIso(root.path, 'm', { ...one, big: 'x'.repeat(3_000_000) });
    const path = join(root.path, 'install/to');
    await copy(path, [plantMedium(root.path, 'two', two)]);
    const before = snapshot(path, 'full');
    const controller = new AbortController();
    const medium = await openMedium(kind === 'iso' ? iso : join(root.path, 'm.tree'), signal);
    const copying = copyMedia(path, [{ medium, directory: '', number: 1 }], {
      signal: controller.signal,
      exchange,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(copying).rejects.toThrow('enough');
    expect(snapshot(path, 'full')).toEqual(before);
    expect(readdirSync(join(root.path, 'install'))).toEqual(['to']);
  });

  test('where something is mounted in the copy', async () => {
    await using root = await tempRoot();
    const path = join(root.path, 'to');
    mkdirSync(join(path, 'updates'), { recursive: true });
    const media = [{ path: plantMedium(root.path, 'one', one), number: 1 }];
    const mount = `mount -t tmpfs none ${join(path, 'updates')}`;
    expect(await inProcess({ path, media, canExchange: true }, [mount])).toMatchObject({
      error: [
        `ERR_STATELITE_IMAGE: something is mounted on ${path}/updates`,
        `hint: umount ${path}/updates, or choose another directory with -p`,
      ],
    });
    expect(snapshot(path)).toEqual({ '/updates': 'dir' });
  });
});

describe('a full disk', () => {
  test('is noticed before the copy begins', async () => {
    await using root = await tempRoot();
    const disk = join(root.path, 'disk');
    mkdirSync(disk);
    const big = plantMedium(root.path, 'big', { big: 'x'.repeat(2_000_000) });
    const media = [{ path: big, number: 1 }];
    const mount = `mount -t tmpfs -o size=1m none ${disk}`;
    const run: Run = { path: join(disk, 'rocky9/x86_64'), media, canExchange: true };
    expect(await inProcess(run, [mount])).toMatchObject({
      error: [
        expect.stringMatching(/no space for .*x86_64: it takes 2\.0 MB, .* has 1\.0 MB$/u),
        expect.stringContaining('as it was'),
      ],
    });
  });

  test.for(['iso', 'tree'])(
    'in the middle of %s leaves the copy before as it was',
    async (kind) => {
      await using root = await tempRoot();
      const disk = join(root.path, 'disk');
      mkdirSync(disk);
      const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`d/file${n}`, `${n}`]));
      const iso = makeIso(root.path, 'm', many);
      const medium = kind === 'iso' ? iso : join(root.path, 'm.tree');
      const path = join(disk, 'to');
      const look = join(root.path, 'after');
      // No more files than these: there is room, but no inode.
      const mounts = [
        `mount -t tmpfs -o nr_inodes=40 none ${disk}`,
        `mkdir ${path}`,
        `echo kept > ${path}/kept`,
        `trap 'cp -r ${disk} ${look}' EXIT`,
        '"$@"',
        'exit 0',
      ];
      const run: Run = { path, media: [{ path: medium, number: 1 }], canExchange: true };
      expect(await inProcess(run, mounts)).toMatchObject({
        error: [
          `ERR_STATELITE_IMAGE: no space for ${path}: the disk is full`,
          expect.stringMatching(/cause: .*(?:No space left on device|ENOSPC)/u),
          expect.stringContaining('hint: what was there before is as it was'),
        ],
      });
      expect(snapshot(look)).toEqual({ '/to': 'dir', '/to/kept': 'kept\n' });
    },
  );
});

describe.for([true, false])(
  'a process that is killed, where names can be exchanged: %s',
  (canExchange) => {
    test('leaves the copy before or the one after, never a part, and the next run cleans up', async () => {
      await using root = await tempRoot();
      const media = [
        { path: plantMedium(root.path, 'one', one), number: 1 },
        { path: plantMedium(root.path, 'two', two), number: 2 },
      ];
      const install = join(root.path, 'install');
      const path = join(install, 'to');
      const old = { kept: 'kept', 'BaseOS/a': 'old' };
      const start = () => {
        rmSync(install, { recursive: true, force: true });
        plantMedium(install, 'to', old);
        return snapshot(path);
      };
      const before = start();
      const whole = await inProcess({ path, media, canExchange });
      if (whole === 'killed') throw new Error('nobody killed it');
      expect(whole.error).toBeUndefined();
      const after = snapshot(path);
      const names = new Map([
        [JSON.stringify(before), 'before'],
        [JSON.stringify(after), 'after'],
      ]);
      const seen: string[] = [];
      const { changes } = whole;
      for (const fatal of [Math.floor(changes / 2), changes - 2, changes - 1, changes]) {
        start();
        expect(await inProcess({ path, media, canExchange, fatal })).toBe('killed');
        const left = existsSync(path) ? JSON.stringify(snapshot(path)) : '';
        seen.push(left === '' ? 'none' : (names.get(left) ?? 'a part'));
        await copy(
          path,
          media.map((medium) => medium.path),
        );
        expect(snapshot(path)).toEqual(after);
        expect(readdirSync(install)).toEqual(['to']);
      }
      const last = canExchange ? ['before', 'before', 'after'] : ['before', 'none', 'after'];
      expect(seen).toEqual(['before', ...last]);
    });
  },
);

test('a copy whose process was killed between two renames is found again', async () => {
  await using root = await tempRoot();
  const path = join(root.path, 'to');
  plantTree(root.path, { '.copycds-to/before/own': 'mine', '.copycds-to/next/half': 'x' });
  const controller = new AbortController();
  const medium = plantMedium(root.path, 'one', one);
  const onProgress = () => controller.abort(new Error('enough'));
  await expect(copy(path, [medium], 1, { signal: controller.signal, onProgress })).rejects.toThrow(
    'enough',
  );
  expect(snapshot(path)).toEqual({ '/own': 'mine' });
  await copy(path, [medium]);
  expect(filesOf(path).files).toMatchObject({ '/own': 'mine', '/BaseOS/a': 'first' });
  expect(readdirSync(root.path).toSorted()).toEqual(['one', 'to']);
});
