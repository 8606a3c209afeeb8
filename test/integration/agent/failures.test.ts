import { execFile } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Change, Step } from '../../../agent/plan/step.ts';
import { inNamespace } from '../../helpers/namespace.ts';
import { type Planted, plantTree, tempRoot } from '../../helpers/tree.ts';
import type { Trial, Tried } from './failing-step.ts';

const why = 'row "/srv/d/", ALL; image: yes';
const from = [{ root: '/.default', path: '/srv/d' }];
const merge = { kind: 'merge', from, path: '/srv/d', leaveOut: [], bare: [] } as const;
const stores = {
  persistent: '/.statelite/persistent',
  localdisk: '/.sllocal/localmnt',
  memory: '/.statelite',
} as const;

/** The tree of the image below `/srv/d`: three files, 200 KiB together. */
const image: Readonly<Record<string, Planted>> = {
  '/.default/srv/d/a': 'small',
  '/.default/srv/d/b': 'x'.repeat(150_000),
  '/.default/srv/d/sub/c': 'y'.repeat(50_000),
};

async function tried(
  trial: Omit<Trial, 'root'>,
  planted: Readonly<Record<string, Planted>> = image,
): Promise<Tried> {
  await using root = await tempRoot();
  plantTree(root.path, planted);
  return await inNamespace<Tried>('../integration/agent/failing-step.ts', {
    root: root.path,
    ...trial,
  });
}

function step(change: Change): Step {
  return { ...change, why };
}

const fill = (to: string, only: 'everything' | 'missing names' = 'everything') =>
  step({ ...merge, to, only });

describe('5.6 a store without room', () => {
  const small = { tmpfs: 'size=64k' };

  test.for(['everything', 'missing names'] as const)(
    'is named with its size and what the entry needs (%s); nothing half is left',
    async (only) => {
      const to = `${stores.persistent}/srv/d`;
      const { failure, tree } = await tried({
        mounts: { [stores.persistent]: small },
        steps: only === 'everything' ? [fill(to)] : [mountPoint(to), fill(to, only)],
        look: stores.persistent,
      });
      expect(failure).toEqual({
        code: 'ERR_STATELITE_STEP',
        message: expect.stringMatching(
          /: ENOSPC: no space left on device: writing \/\.statelite\/persistent\/srv\/.* in the persistent store nas:\/state\/cn01 \(row "\/srv\/d\/", ALL; image: yes\)$/u,
        ),
        hint: expect.stringMatching(
          /^the persistent store nas:\/state\/cn01 is full \(64\.0 KiB, .* free; the entry needs 1\d\d\.\d KiB or more\): make room there$/u,
        ),
      });
      const kept = only === 'everything' ? { '/srv': 'dir' } : { '/srv': 'dir', '/srv/d': 'dir' };
      expect(tree).toEqual(only === 'everything' ? kept : { ...kept, '/srv/d/a': 'small' });
    },
  );

  test('in memory: a copy in the tmpfs goes again', async () => {
    const { failure, tree } = await tried({
      mounts: { [stores.memory]: small },
      steps: [fill('/.statelite/tmpfs/srv/d')],
      look: '/.statelite/tmpfs',
    });
    expect(failure?.message).toContain('writing /.statelite/tmpfs/srv/d/');
    expect(failure?.hint).toMatch(
      /^the tmpfs .* is full \(64\.0 KiB, .*: give the node more memory/u,
    );
    expect(tree).toEqual({ '/srv': 'dir' });
  });

  test('a single file and a concatenated one leave nothing under their names', async () => {
    const big = { root: '/.default', path: '/srv/d/b' };
    for (const change of [
      { kind: 'copy', from: big, to: '/.statelite/tmpfs/f' },
      { kind: 'concatenate', from: [big, big], to: '/.statelite/tmpfs/f' },
    ] as const) {
      const { failure, tree } = await tried({
        mounts: { [stores.memory]: small },
        steps: [step(change)],
        look: '/.statelite',
      });
      expect(failure?.message).toContain('ENOSPC: no space left on device: writing /.statelite/');
      expect(tree).toEqual({ '/tmpfs': 'dir' });
    }
  });

  test('without inodes it says so', async () => {
    const files = Array.from({ length: 40 }, (_, n) => [`/.default/srv/d/${n}`, ''] as const);
    const { failure } = await tried(
      {
        mounts: { [stores.localdisk]: { tmpfs: 'size=4m,nr_inodes=20' } },
        steps: [fill(`${stores.localdisk}/srv/d`)],
        look: stores.localdisk,
      },
      Object.fromEntries(files),
    );
    expect(failure?.hint).toMatch(/the local disk .* is full \(20 inodes, \d+ free; .* or more\)/u);
  });

  test('a quota that is used up is told from a full disk', async () => {
    const { failure, tree } = await tried({
      mounts: { [stores.persistent]: { tmpfs: 'size=4m' } },
      broken: { kind: 'object', result: -122 - 4096, after: 1 },
      steps: [fill(`${stores.persistent}/srv/d`)],
      look: stores.persistent,
    });
    expect(failure?.message).toContain('EDQUOT: disk quota exceeded: writing');
    expect(failure?.hint).toMatch(
      /^the quota of the persistent store nas:\/state\/cn01 is used up/u,
    );
    expect(tree).toEqual({ '/srv': 'dir' });
  });

  test('a list that cannot be written leaves the old one', async () => {
    const record = { kind: 'record', store: 'persistent', list: 'filled' } as const;
    const { failure, tree } = await tried({
      mounts: { [stores.persistent]: small },
      steps: [
        { ...record, lines: ['/old'] },
        { ...record, lines: ['/x'.repeat(80_000)] },
      ],
      look: stores.persistent,
    });
    expect(failure?.message).toContain(
      'cannot record 1 filled paths of the persistent store: ENOSPC',
    );
    expect(failure?.hint).toContain('the persistent store nas:/state/cn01 is full');
    expect(tree).toEqual({ '/.statelite.filled': '/old\n' });
  });
});

function mountPoint(path: string): Step {
  return { kind: 'mount-point', path, type: 'dir' };
}

describe('5.6 a place that does not let us', () => {
  test('a read-only store', async () => {
    const { failure } = await tried({
      mounts: { [stores.persistent]: 'read-only' },
      steps: [fill(`${stores.persistent}/srv/d`)],
      look: stores.persistent,
    });
    expect(failure?.message).toContain('EROFS: read-only file system: writing /.statelite/persist');
    expect(failure?.hint).toContain('is mounted read-only: take ro out of statelite.mntopts');
  });

  const plain = promisify(execFile);

  /** As after root_squash: the kernel asks owner and mode of files that belong to others. */
  async function squashed(trial: Omit<Trial, 'root'>, prepare: (root: string) => void) {
    await using root = await tempRoot();
    plantTree(root.path, image);
    prepare(root.path);
    const script = join(import.meta.dirname, 'failing-step.ts');
    const dropped = '-dac_override,-dac_read_search,-fowner,-chown';
    const argv = ['--bounding-set', dropped, '--inh-caps', dropped, process.execPath, script];
    const running = plain('setpriv', argv);
    running.child.stdin?.end(JSON.stringify({ root: root.path, ...trial }));
    const answer: Tried = JSON.parse((await running).stdout); // what failing-step.ts writes
    return answer;
  }

  test('a store that refuses root', async () => {
    const { failure, tree } = await squashed(
      {
        mounts: {},
        steps: [fill(`${stores.persistent}/d`)],
        look: stores.persistent,
      },
      (root) => plantTree(root, { [stores.persistent]: { dir: 0o755, uid: 1000 } }),
    );
    expect(failure?.message).toMatch(
      /EACCES: permission denied: writing .* the persistent store /u,
    );
    expect(tree).toEqual({});
  });

  test.for([
    ['a file', 'd/b', 'reading /.default/srv/d/b in the image'],
    ['a directory', 'd/sub', 'reading /.default/srv/d/sub in the image'],
  ] as const)('%s of a source that root may not read', async ([, path, words]) => {
    const { failure, tree } = await squashed(
      { mounts: {}, steps: [fill('/.statelite/tmpfs/d')], look: '/.statelite/tmpfs' },
      (root) => {
        const place = join(root, '.default/srv', path);
        plantTree(root, { '/.statelite/tmpfs': { dir: 0o755 } });
        chmodSync(place, 0);
      },
    );
    expect(failure?.message).toContain(`EACCES: permission denied: ${words}`);
    expect(tree).toEqual({});
  });

  test.for([
    ['object', -116, 'ESTALE: ', 'reading /.default/srv/d/', 'boot the node again'],
    ['object', -5, 'EIO: ', 'reading /.default/srv/d/', 'is the server of the image'],
    ['object', -5 - 4096, 'EIO: ', 'writing /.sllocal/localmnt/srv/', 'fsck'],
    ['attributes', -1 - 4096, 'EPERM: ', 'writing /.sllocal/localmnt/srv/', 'lsattr'],
    ['attributes', -116, 'ESTALE: ', 'reading /.default/srv/d', 'boot the node again'],
  ] as const)('%s that fails with %i', async ([kind, result, code, words, hint]) => {
    const { failure, tree } = await tried({
      mounts: { [stores.localdisk]: { tmpfs: 'size=4m' } },
      broken: { kind, result, after: kind === 'object' ? 1 : 0 },
      steps: [fill(`${stores.localdisk}/srv/d`)],
      look: stores.localdisk,
    });
    expect(failure?.message).toContain(code);
    expect(failure?.message).toContain(words);
    expect(failure?.hint).toContain(hint);
    expect(tree).toEqual({ '/srv': 'dir' });
  });
});

describe('5.6 names that no system call takes', () => {
  test('a source deeper than a path can be is an error that says so', async () => {
    await using root = await tempRoot();
    const name = 'n'.repeat(250);
    let directory = join(root.path, '.default/srv/d');
    for (let depth = 0; depth < 15; depth += 1) directory = join(directory, name);
    mkdirSync(directory, { recursive: true });
    // Deeper than from here no path leads: the copy's own path is the longer one.
    const to = `/.statelite/tmpfs/${'t'.repeat(200)}/${'t'.repeat(200)}`;
    writeFileSync(join(directory, 'f'), 'deep');
    linkSync(join(directory, 'f'), join(directory, 'g'));
    const { failure, tree } = await inNamespace<Tried>('../integration/agent/failing-step.ts', {
      root: root.path,
      mounts: {},
      steps: [fill(to)],
      look: '/.statelite/tmpfs',
    } satisfies Trial);
    expect(failure?.message).toContain('ENAMETOOLONG: name too long: ');
    expect(failure?.message.length).toBeLessThan(1000);
    expect(failure?.hint).toContain('4095 bytes');
    expect(Object.keys(tree)).toEqual([`/${'t'.repeat(200)}`]);
  });
});
