import { lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { apply } from '../../../agent/apply.ts';
import type { CopyCalls } from '../../../agent/files/copy.ts';
import type { Change, Step } from '../../../agent/plan/step.ts';
import type { StepReport } from '../../../agent/protocol/report.ts';
import { nativeAddon } from '../../helpers/native.ts';
import { recordingSystem } from '../../helpers/recording-system.ts';
import { plantTree, tempRoot } from '../../helpers/tree.ts';

const native = nativeAddon();

async function applied(root: string, steps: readonly Step[], calls: CopyCalls = native) {
  const system = recordingSystem();
  const reports: StepReport[] = [];
  const lost = await apply(steps, root, {
    system,
    calls,
    onStep: (report) => reports.push(report),
  });
  return { mounts: system.calls, reports, lost };
}

const image = '/.default';
const mark = (path: string): Step => ({ kind: 'symlink', path, target: '/x', why: `for ${path}` });
const merge = { kind: 'merge', leaveOut: [], bare: [], only: 'everything' } as const;

function copy(path: string): Change {
  return { kind: 'copy', from: { root: '/tree', path }, to: `/T${path}` };
}

function bind(source: string, target: string, readonly: boolean): Change {
  return { kind: 'bind', source, target, readonly };
}

function remove(path: string, type: 'file' | 'dir'): Change {
  return { kind: 'remove-mount-point', path, type };
}

describe('what a step does under the new root', () => {
  test('copy takes the file and makes the directories above', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/.default/etc/motd': 'hello', '/.statelite': { dir: 0o755 } });
    const from = { root: image, path: '/etc/motd' };
    await applied(root.path, [{ kind: 'copy', from, to: '/.statelite/tmpfs/etc/motd' }]);
    expect(readFileSync(join(root.path, '.statelite/tmpfs/etc/motd'), 'utf8')).toBe('hello');
  });

  test('copy replaces what is there already', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/.default/f': 'new', '/T/f': 'old', '/L/f': { link: '/elsewhere' } });
    const from = { root: image, path: '/f' };
    await applied(root.path, [
      { kind: 'copy', from, to: '/T/f' },
      { kind: 'copy', from, to: '/L/f' },
    ]);
    expect(readFileSync(join(root.path, 'T/f'), 'utf8')).toBe('new');
    expect(lstatSync(join(root.path, 'L/f')).isFile()).toBe(true);
  });

  test('concatenate joins the bytes in order, 0644, and replaces', async () => {
    await using root = await tempRoot();
    plantTree(root.path, {
      '/a/f': { text: 'one', mode: 0o600 },
      '/b/f': 'two\n',
      '/c/f': '',
      '/T/f': { text: 'old', mode: 0o700, uid: 7 },
    });
    const from = ['/b', '/c', '/a'].map((tree) => ({ root: tree, path: '/f' }));
    await applied(root.path, [{ kind: 'concatenate', from, to: '/T/f' }]);
    expect(readFileSync(join(root.path, 'T/f'), 'utf8')).toBe('two\none');
    expect(lstatSync(join(root.path, 'T/f'))).toMatchObject({ mode: 0o100644, uid: 0, gid: 0 });
  });

  test('merge makes one directory of several', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/one/d/x': '1', '/.default/d/x': 'i', '/.default/d/y': 'i' });
    const from = ['/one', image].map((tree) => ({ root: tree, path: '/d' }));
    await applied(root.path, [{ ...merge, from, to: '/T/d', path: '/d' }]);
    expect(readFileSync(join(root.path, 'T/d/x'), 'utf8')).toBe('1');
    expect(readFileSync(join(root.path, 'T/d/y'), 'utf8')).toBe('i');
  });

  test.for([
    ['a file', { '/T/etc/mtab': 'copied' }],
    ['a link', { '/T/etc/mtab': { link: '../nowhere' } }],
    ['a directory', { '/T/etc/mtab/x': 'copied' }],
    ['nothing', {}],
  ] as const)('symlink replaces %s', async ([, present]) => {
    await using root = await tempRoot();
    plantTree(root.path, present);
    const step = { kind: 'symlink', path: '/T/etc/mtab', target: '/proc/self/mounts' } as const;
    await applied(root.path, [step]);
    expect(readlinkSync(join(root.path, 'T/etc/mtab'))).toBe('/proc/self/mounts');
  });

  test('mount points are empty, and left as they are if they exist', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/P/f': 'kept', '/P/d/x': 'kept' });
    const points = ['/P/f', '/P/new/f'].map((path) => ({ path, type: 'file' as const }));
    const more = ['/P/d', '/P/new/d'].map((path) => ({ path, type: 'dir' as const }));
    await applied(
      root.path,
      [...points, ...more].map((point) => ({ kind: 'mount-point', ...point })),
    );
    expect(readFileSync(join(root.path, 'P/f'), 'utf8')).toBe('kept');
    expect(readFileSync(join(root.path, 'P/d/x'), 'utf8')).toBe('kept');
    expect(lstatSync(join(root.path, 'P/new/f'))).toMatchObject({ size: 0, mode: 0o100644 });
    expect(lstatSync(join(root.path, 'P/new/d')).isDirectory()).toBe(true);
  });

  test('an unused mount point is removed only while it is empty', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/P/f': '', '/P/d': { dir: 0o755 }, '/P/full/x': 'x' });
    await applied(root.path, [remove('/P/f', 'file'), remove('/P/d', 'dir')]);
    expect(() => lstatSync(join(root.path, 'P/f'))).toThrow('ENOENT');
    expect(() => lstatSync(join(root.path, 'P/d'))).toThrow('ENOENT');
    await expect(applied(root.path, [remove('/P/full', 'dir')])).rejects.toMatchObject({
      cause: { code: 'ENOTEMPTY' },
    });
  });

  test('record replaces the list of a store as a whole', async () => {
    await using root = await tempRoot();
    mkdirSync(join(root.path, '.sllocal/localmnt'), { recursive: true });
    const list = join(root.path, '.sllocal/localmnt/.statelite.filled');
    writeFileSync(list, 'old\n');
    const step = { kind: 'record', store: 'localdisk', list: 'filled' } as const;
    await applied(root.path, [{ ...step, lines: ['/a b', '/é'] }]);
    expect(readFileSync(list, 'utf8')).toBe('/a b\n/é\n');
    await applied(root.path, [{ ...step, lines: [] }]);
    expect(readFileSync(list, 'utf8')).toBe('');
  });

  test('bind follows links to both ends inside the new root', async () => {
    await using root = await tempRoot();
    plantTree(root.path, {
      '/T/etc/app/f': 'f',
      '/etc/app': { link: '../../../../T/etc/app' },
      '/abs': { link: '/T/etc/app' },
    });
    const { mounts } = await applied(root.path, [
      bind('/abs/f', '/etc/app/f', false),
      bind('/T', '/etc/none', true),
    ]);
    expect(mounts).toEqual([
      `bind ${root.path}/T/etc/app/f ${root.path}/T/etc/app/f`,
      `bind ${root.path}/T ${root.path}/etc/none read-only`,
    ]);
  });

  test('a source is resolved inside its own root (2.1)', async () => {
    await using root = await tempRoot();
    plantTree(root.path, {
      '/tree/etc/f': { link: '/real' },
      '/tree/up': { link: '../../../../../../etc/passwd' },
      '/tree/real': 'of the tree',
      '/real': 'of the root',
    });
    await applied(root.path, [copy('/etc/f')]);
    expect(readFileSync(join(root.path, 'T/etc/f'), 'utf8')).toBe('of the tree');
    await expect(applied(root.path, [copy('/up')])).rejects.toMatchObject({
      cause: { code: 'ENOENT' },
    });
  });
});

describe('5.6, 5.8 steps are performed in order, reported, and the first failure stops', () => {
  const missing: Step = {
    kind: 'copy',
    from: { root: image, path: '/nope' },
    to: '/.statelite/tmpfs/nope',
    why: 'row "/nope", ALL',
  };

  test('every step is reported with its words, its time and the decision behind it', async () => {
    await using root = await tempRoot();
    const { reports } = await applied(root.path, [mark('/a'), mark('/b')]);
    expect(reports).toEqual([
      { step: 'link /a to /x', took: expect.any(Number), why: 'for /a' },
      { step: 'link /b to /x', took: expect.any(Number), why: 'for /b' },
    ]);
  });

  test('a failure names the step, its cause and what to do; later steps are not begun', async () => {
    await using root = await tempRoot();
    const reports: StepReport[] = [];
    const deps = { system: recordingSystem(), calls: native };
    const steps = [mark('/a'), missing, remove('/b', 'file'), mark('/c')];
    await expect(
      apply(steps, root.path, { ...deps, onStep: (report) => reports.push(report) }),
    ).rejects.toMatchObject({
      code: 'ERR_STATELITE_STEP',
      message: expect.stringMatching(
        /^cannot copy \/\.default\/nope to \/\.statelite\/tmpfs\/nope: ENOENT: no such file or directory: reading \/\.default\/nope in the image .* \(row "\/nope", ALL\)$/u,
      ),
      cause: { code: 'ENOENT' },
      hint: expect.any(String),
    });
    expect(reports.map(({ step, error }) => [step, error !== undefined])).toEqual([
      ['link /a to /x', false],
      ['copy /.default/nope to /.statelite/tmpfs/nope', true],
    ]);
    expect(() => lstatSync(join(root.path, 'c'))).toThrow('ENOENT');
  });

  test('a failed mount is a failed step', async () => {
    await using root = await tempRoot();
    const system = recordingSystem({ bind: Object.assign(new Error('EBUSY'), { code: 'EBUSY' }) });
    const step = { kind: 'bind', source: '/a', target: '/b', readonly: false } as const;
    await expect(
      apply([step], root.path, { system, calls: native, onStep: () => {} }),
    ).rejects.toMatchObject({
      message: expect.stringMatching(
        /^cannot bind \/a on \/b: EBUSY: .*: mounting \/b in the image/u,
      ),
      cause: { code: 'EBUSY' },
    });
  });

  test('a loop of links is told at the link', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/.default/l': { link: 'l' } });
    const from = { root: image, path: '/l' };
    await expect(applied(root.path, [{ kind: 'copy', from, to: '/T/l' }])).rejects.toThrow(
      /: ELOOP: too many symbolic links encountered: reading \/\.default\/l in/u,
    );
  });

  test('a step that was given up is the last one', async () => {
    await using root = await tempRoot();
    const deps = { system: recordingSystem(), calls: native, onStep: () => {} };
    await expect(
      apply([mark('/a')], root.path, { ...deps, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ name: 'AbortError' });
    expect(() => lstatSync(join(root.path, 'a'))).toThrow('ENOENT');
  });
});

describe('2.5 what a store cannot keep', () => {
  test('is told once for each copy, not for each object in it', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/.default/d/é': 'x', '/.default/d/y': 'y', '/.default/f': 'f' });
    const losing: CopyCalls = {
      ...native,
      copyObject: async (from, to) => (await native.copyObject(from, to)) + 1,
      batch: async (changes) => (await native.batch(changes)).replaceAll('0 ', '1 '),
    };
    const { lost } = await applied(
      root.path,
      [
        {
          ...merge,
          from: [{ root: image, path: '/d' }],
          to: '/.statelite/persistent/d',
          path: '/d',
        },
        { kind: 'copy', from: { root: image, path: '/f' }, to: '/.statelite/persistent/f' },
        mark('/x'),
      ],
      losing,
    );
    expect(lost).toEqual(['/.statelite/persistent/d', '/.statelite/persistent/f']);
  });
});
