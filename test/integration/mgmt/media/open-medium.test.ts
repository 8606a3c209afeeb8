import { execFileSync } from 'node:child_process';
import { mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openMedium } from '../../../../mgmt/media/open-medium.ts';
import { snapshot } from '../../../helpers/snapshot.ts';
import { tempRoot } from '../../../helpers/tree.ts';
import { makeIso, patch, plantMedium, sampleOf } from './make-media.ts';

const { signal } = new AbortController();
const { files } = sampleOf('rocky9.4');
const quiet = { signal, onName: () => {} };

describe.for([
  ['Rock Ridge', ['-R']],
  ['Rock Ridge and Joliet', ['-R', '-J']],
  ['Joliet', ['-J']],
] as const)('an ISO with %s names', ([, flags]) => {
  test('is read without being mounted, and unpacked as it is', async () => {
    await using root = await tempRoot();
    const iso = makeIso(root.path, 'm', files, flags);
    const medium = await openMedium(iso, signal);
    expect([...medium.texts.keys()].toSorted()).toEqual(['.discinfo', '.treeinfo']);
    expect(medium.texts.get('.discinfo')).toBe(files['.discinfo']);
    const to = join(root.path, 'to');
    await mkdir(to);
    const names: string[] = [];
    await medium.copyTo(to, { signal, onName: (name) => void names.push(name) });
    expect(snapshot(to)).toEqual(snapshot(join(root.path, 'm.tree')));
    expect(names).toContain('BaseOS/Packages/k/kernel.rpm');
  });
});

test('a tree and the ISO of it are one medium', async () => {
  await using root = await tempRoot();
  const long = { ...files, empty: '', 'EFI/one': 'the same', 'EFI/two': 'the same', 'sp ace': 'x' };
  const iso = await openMedium(makeIso(root.path, 'm', long), signal);
  const tree = await openMedium(join(root.path, 'm.tree'), signal);
  const sorted = (members: typeof iso.members) =>
    members.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  expect(sorted(iso.members)).toEqual(sorted(tree.members));
  expect(iso.texts).toEqual(tree.texts);
  const to = join(root.path, 'to');
  await mkdir(to);
  await tree.copyTo(to, quiet);
  expect(snapshot(to)).toEqual(snapshot(join(root.path, 'm.tree')));
});

test('an ISO may lie behind a link, and have a name that programs could misread', async () => {
  await using root = await tempRoot();
  await mkdir(join(root.path, '-rf $HOME'));
  const iso = makeIso(join(root.path, '-rf $HOME'), "a'b c", files);
  await symlink(iso, join(root.path, 'link'));
  expect((await openMedium(join(root.path, 'link'), signal)).kind).toBe('iso');
});

describe('refused, with a word on what to do', () => {
  test('a file that is not there', async () => {
    await expect(openMedium('/nonexistent/x.iso', signal)).rejects.toMatchObject({
      code: 'ERR_STATELITE_NOT_FOUND',
      message: expect.stringContaining('unable to find/read /nonexistent/x.iso'),
    });
  });

  test.for([
    ['an empty file', '', 'is empty'],
    ['a text', 'no ISO at all', 'could not identify the ISO supplied'],
  ] as const)('%s', async ([, text, message]) => {
    await using root = await tempRoot();
    const path = join(root.path, 'x.iso');
    await writeFile(path, text);
    await expect(openMedium(path, signal)).rejects.toMatchObject({
      code: 'ERR_STATELITE_IMAGE',
      message: expect.stringContaining(message),
      hint: expect.any(String),
    });
  });

  test('an archive that bsdtar could read, but that is no ISO', async () => {
    await using root = await tempRoot();
    plantMedium(root.path, 'tree', files);
    execFileSync('tar', ['-cf', join(root.path, 'x.iso'), '-C', join(root.path, 'tree'), '.']);
    await expect(openMedium(join(root.path, 'x.iso'), signal)).rejects.toMatchObject({
      hint: expect.stringContaining('is no ISO 9660 image'),
    });
  });

  test('an ISO without files, an empty directory', async () => {
    await using root = await tempRoot();
    const message = expect.stringContaining('holds no files');
    const iso = makeIso(root.path, 'm', { empty: { dir: 0o755 } });
    await expect(openMedium(iso, signal)).rejects.toMatchObject({ message });
    await expect(openMedium(join(root.path, 'm.tree'), signal)).rejects.toMatchObject({ message });
  });

  test('an ISO that was not downloaded to its end', async () => {
    await using root = await tempRoot();
    const iso = makeIso(root.path, 'm', { ...files, big: 'x'.repeat(300_000) });
    await truncate(iso, 100_000);
    await expect(openMedium(iso, signal)).rejects.toMatchObject({
      message: expect.stringMatching(/is cut off: it has 100000 of \d+ bytes/u),
    });
  });

  test('an ISO whose directories are damaged', async () => {
    await using root = await tempRoot();
    const iso = makeIso(root.path, 'm', files, ['-R']);
    const bytes = await readFile(iso);
    await writeFile(iso, bytes.fill(0xff, 18 * 2048)); // what follows the volume descriptors
    await expect(openMedium(iso, signal)).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_STATELITE_(?:IMAGE|PATH)$/u),
    });
  });

  test('a UDF file system', async () => {
    await using root = await tempRoot();
    const path = join(root.path, 'x.iso');
    const bytes = Buffer.alloc(40_000);
    bytes.write('BEA01', 16 * 2048 + 1);
    await writeFile(path, bytes);
    await expect(openMedium(path, signal)).rejects.toMatchObject({
      message: expect.stringContaining('UDF'),
      hint: 'mount it, and give the directory',
    });
  });

  test.for([
    ['sub_.._escaped', 'sub/../escaped'],
    ['.._.._escaped_', '../../escaped/'],
    ['_tmp_escaped', '/tmp/escaped'],
  ] as const)('an ISO with a name like %s that is %s', async ([planted, name]) => {
    await using root = await tempRoot();
    const iso = makeIso(root.path, 'm', { ...files, [planted]: 'x' }, ['-R']);
    patch(iso, planted, name);
    await expect(openMedium(iso, signal)).rejects.toMatchObject({ code: 'ERR_STATELITE_PATH' });
  });

  test.for(['/etc', '../..', 'BaseOS/../..'])(
    'a link to %s, on an ISO and in a tree',
    async (target) => {
      await using root = await tempRoot();
      const iso = makeIso(root.path, 'm', { ...files, out: { link: target } });
      for (const path of [iso, join(root.path, 'm.tree')]) {
        await expect(openMedium(path, signal)).rejects.toMatchObject({
          code: 'ERR_STATELITE_PATH',
          message: `${path}: "out" is a link that leads out of it, to ${target}`,
        });
      }
    },
  );

  test('a named pipe, on an ISO and in a tree', async () => {
    await using root = await tempRoot();
    plantMedium(root.path, 'm.tree', files);
    execFileSync('mkfifo', [join(root.path, 'm.tree/pipe')]);
    const iso = makeIso(root.path, 'm', {});
    for (const path of [iso, join(root.path, 'm.tree')]) {
      await expect(openMedium(path, signal)).rejects.toMatchObject({ code: 'ERR_STATELITE_PATH' });
    }
  });

  test('an identifying file of many megabytes', async () => {
    await using root = await tempRoot();
    const iso = makeIso(root.path, 'm', { '.discinfo': 'x'.repeat(2_000_000) });
    await expect(openMedium(iso, signal)).rejects.toMatchObject({
      message: expect.stringContaining('.discinfo is too long'),
    });
  });
});

test('what bsdtar would follow or overwrite stays as it is, even if nobody had looked at the names', async () => {
  await using root = await tempRoot();
  const { unpackIso } = await import('../../../../mgmt/media/bsdtar.ts');
  const iso = makeIso(root.path, 'm', { '.._escaped': 'x', good: 'y' }, ['-R']);
  patch(iso, '.._escaped', '../escaped');
  await mkdir(join(root.path, 'to'));
  await expect(unpackIso(iso, join(root.path, 'to'), quiet)).rejects.toThrow('bsdtar');
  expect(Object.keys(snapshot(root.path))).not.toContain('/escaped');
});
