import { describe, expect, test } from 'vitest';
import { StateliteError } from '../../../agent/errors.ts';
import { lookFailure, remedy } from '../../../agent/remedy.ts';
import { tellTrouble, type Trouble } from '../../../agent/trouble.ts';

const tree = { area: 'tree', side: 'reading', location: 'mn:/tree' } as const;
const image = { area: 'image', side: 'reading', location: 'mn:/img/rootimg' } as const;
const persistent = { area: 'persistent', side: 'writing', location: 'nas:/state/cn01' } as const;
const localdisk = { area: 'localdisk', side: 'writing', location: '/dev/vda' } as const;
const memory = { area: 'memory', side: 'writing', location: 'statelite' } as const;

type Where = Pick<Trouble, 'area' | 'side'> & { readonly location: string };

function trouble(code: string, { location, ...where }: Where, more: Partial<Trouble> = {}) {
  const mounted = { location, isReadonly: false };
  return { code, words: 'words of it', path: '/p/f', mounted, ...where, ...more };
}

describe('5.6 what an operator can do about a failed step', () => {
  test.for<[string, Where, string]>([
    ['ENOSPC', memory, 'the tmpfs /.statelite is full: give the node more memory, or list less'],
    ['ENOSPC', persistent, 'the persistent store nas:/state/cn01 is full: make room there'],
    ['ENOSPC', localdisk, 'the local disk /dev/vda is full: make room there'],
    ['EDQUOT', persistent, 'the quota of the persistent store nas:/state/cn01 is used up'],
    ['EROFS', persistent, 'nas:/state/cn01 is exported read-only: export it read-write'],
    ['EROFS', localdisk, '/dev/vda is read-only: look at dmesg'],
    ['EROFS', image, 'run liteimg'],
    ['EACCES', persistent, 'export the persistent store nas:/state/cn01 with no_root_squash'],
    ['EPERM', persistent, 'does not let root write'],
    ['EPERM', localdisk, 'immutable (lsattr)'],
    ['EACCES', tree, 'does not let root read it: export the tree mn:/tree with no_root_squash'],
    ['EACCES', image, 'export the image mn:/img/rootimg with no_root_squash'],
    ['ESTALE', tree, 'exports as the tree mn:/tree: boot the node again'],
    ['EIO', tree, 'is the server of the tree mn:/tree up'],
    ['EIO', localdisk, 'fsck'],
    ['ETIMEDOUT', persistent, 'is the server of the persistent store nas:/state/cn01 up'],
    ['ENAMETOOLONG', memory, '4095 bytes'],
    ['ENOENT', tree, 'it went from the tree mn:/tree'],
    ['ENOENT', persistent, 'statelite.log'],
    ['ELOOP', image, 'statelite.log'],
  ])('%s, %o', ([code, where, words]) => {
    expect(remedy(trouble(code, where))).toContain(words);
  });

  test('reading a tree never has the words for a store', () => {
    for (const code of ['EACCES', 'EPERM', 'ESTALE', 'EIO']) {
      expect(remedy(trouble(code, tree))).not.toMatch(/store|memory/u);
    }
  });

  test('a store that this node mounts read-only is not the server’s doing', () => {
    const mounted = { location: 'nas:/state', isReadonly: true };
    expect(remedy(trouble('EROFS', persistent, { mounted }))).toContain('take ro out of');
  });

  test('a full store tells its size and what the entry needs', () => {
    const room = { size: 8 * 1024 ** 2, free: 512, inodes: 0, freeInodes: 0 };
    const needs = { bytes: 3 * 1024 ** 3, objects: 7 };
    expect(remedy(trouble('ENOSPC', persistent, { room, needs }))).toContain(
      ' is full (8.0 MiB, 512 B free; the entry needs 3.0 GiB or more): make room there',
    );
    expect(remedy(trouble('ENOSPC', persistent, { needs }))).toContain('(the entry needs 3.0 GiB');
  });

  test('a store without inodes says so', () => {
    const room = { size: 8 * 1024 ** 2, free: 4 * 1024 ** 2, inodes: 100, freeInodes: 20 };
    const needs = { bytes: 300, objects: 21 };
    expect(remedy(trouble('ENOSPC', localdisk, { room, needs }))).toContain(
      ' is full (100 inodes, 20 free; the entry needs 21 or more): make inodes, so remove files there',
    );
  });

  test('a store that lacks both says both', () => {
    const room = { size: 2 * 1024 ** 2, free: 1024 ** 2, inodes: 256, freeInodes: 241 };
    const needs = { bytes: 4 * 1024 ** 2, objects: 865 };
    expect(remedy(trouble('ENOSPC', persistent, { room, needs }))).toContain(
      ' is full (2.0 MiB, 1.0 MiB free; 256 inodes, 241 free; the entry needs 865 inodes and 4.0 MiB or more): make room there',
    );
  });

  test('for what is no system error: the log', () => {
    expect(remedy(undefined)).toContain('/.statelite/statelite.log');
  });
});

describe('5.6 what a failed step says', () => {
  test('code, reason, side, file and the place by its location', () => {
    expect(tellTrouble(trouble('EIO', tree))).toBe(
      'EIO: words of it: reading /p/f in the tree mn:/tree',
    );
    expect(tellTrouble({ ...trouble('EIO', persistent), mounted: undefined })).toBe(
      'EIO: words of it: writing /p/f in the persistent store',
    );
  });

  test('a path longer than a line is shortened in its middle', () => {
    const path = `/begin${'/x'.repeat(2000)}/end`;
    const told = tellTrouble(trouble('ENAMETOOLONG', memory, { path }));
    expect(told.length).toBeLessThan(400);
    expect(told).toContain('/begin/x');
    expect(told).toContain('/x/end in the tmpfs');
  });
});

function system(code: string, path: string): Error {
  const message = `${code}: words, lstat '${path}'`;
  return Object.assign(new Error(message), { code, syscall: 'lstat', path });
}

function wrapped(cause: unknown): StateliteError {
  return new StateliteError('ERR_STATELITE_STORE', 'cannot look at /x', { cause });
}

describe('5.6 what cannot be looked at', () => {
  test.for([
    [
      'EACCES',
      '/.statelite/mnt/mn/t/x',
      'EACCES: permission denied: reading /.statelite/mnt/mn/t/x',
    ],
    ['ESTALE', '/.statelite/persistent/x', 'ESTALE: stale file handle: reading /.statelite/persi'],
  ] as const)('%s at %s is told with its store or tree', async ([code, path, words]) => {
    for (const error of [system(code, `/new${path}`), wrapped(system(code, `/new${path}`))]) {
      expect(await lookFailure(error, '/new')).toMatchObject({
        code: 'ERR_STATELITE_STORE',
        message: expect.stringContaining(words),
        hint: expect.not.stringContaining('statelite.log'),
        cause: { code },
      });
    }
  });

  test('a refusal, and a bug, stay what they are', async () => {
    for (const error of [wrapped(undefined), new TypeError('bug')]) {
      expect(await lookFailure(error, '/new')).toBe(error);
    }
  });
});
