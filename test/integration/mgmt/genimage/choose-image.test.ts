import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLogger } from '../../../../agent/log.ts';
import { openStore, type Store } from '../../../../mgmt/db/store.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { chooseImage } from '../../../../mgmt/image/genimage/choose-image.ts';
import type { ColumnOptions } from '../../../../mgmt/image/genimage/image-row.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';

const profile = { osvers: 'debian12', osarch: 'x86_64', profile: 'compute' };
const name = 'debian12-x86_64-statelite-compute';

/** Chooses with the tables and the /install of a directory. */
async function setup(directory: string) {
  await mkdir(join(directory, 'state'));
  const store: Store = openStore(join(directory, 'state/statelite.db'));
  const logged: string[] = [];
  const deps = {
    store,
    settings: { installdir: join(directory, 'install'), tftpdir: undefined },
    log: createLogger('test', (record) => void logged.push(record)),
  };
  const choose = (
    which: Parameters<typeof chooseImage>[0],
    options: ColumnOptions = {},
    write = true,
  ) => chooseImage(which, options, { ...deps, write });
  return { store, logged, choose };
}

test('os, arch and profile make an osimage, with its pkglist', async () => {
  await using directory = await tempRoot();
  plantTree(directory.path, { 'install/custom/netboot/debian/compute.pkglist': 'systemd' });
  const { store, logged, choose } = await setup(directory.path);
  const pkglist = join(directory.path, 'install/custom/netboot/debian/compute.pkglist');
  expect(await choose(profile, { permission: '777' })).toMatchObject({
    name,
    pkglists: [pkglist],
  });
  expect(await store.select(tables.osimage)).toMatchObject([
    { imagename: name, provmethod: 'statelite', osvers: 'debian12', imagetype: 'linux' },
  ]);
  expect(await store.select(tables.linuximage)).toMatchObject([
    { imagename: name, pkglist, permission: '777' },
  ]);
  expect(logged.join('')).toContain(`osimage ${name} is new`);
  await store.close();
});

test('an osimage that is there is taken as it is, also by os, arch and profile', async () => {
  await using directory = await tempRoot();
  const { store, logged, choose } = await setup(directory.path);
  await choose(profile, { kernelver: '6.1.0-1' });
  logged.length = 0;
  expect(await choose(profile)).toEqual(await choose(name));
  expect(await choose(name, { kernelver: '6.1.0-1' })).toMatchObject({ kernelver: '6.1.0-1' });
  expect(logged).toEqual([]);
  await store.close();
});

test('options are written to the row, but not by a dry run', async () => {
  await using directory = await tempRoot();
  const { store, choose } = await setup(directory.path);
  expect(await choose(profile, { netdrivers: 'tg3' }, false)).toMatchObject({
    netdrivers: ['tg3'],
  });
  expect(await store.select(tables.osimage)).toEqual([]);
  await choose(profile);
  await choose(name, { netdrivers: 'igb' });
  expect(await store.select(tables.linuximage)).toMatchObject([{ netdrivers: 'igb' }]);
  await store.close();
});

test("every file of the profile is found, in its family's directory too", async () => {
  await using directory = await tempRoot();
  plantTree(directory.path, {
    'install/custom/netboot/rh/compute.pkglist': 'bash',
    'install/custom/netboot/rh/compute.x86_64.pkglist': 'bash',
    'install/custom/netboot/rh/compute.otherpkgs.pkglist': 'own',
    'install/custom/netboot/rocky/compute.exlist': './usr/share/doc*',
    'install/custom/netboot/rocky9.4/compute.rocky9.4.postinstall': '',
    'install/custom/netboot/rh/compute.synclist': '',
  });
  const { store, choose } = await setup(directory.path);
  await choose({ ...profile, osvers: 'rocky9.4' }, { krpmver: '5.14' });
  const at = (path: string) => join(directory.path, 'install/custom/netboot', path);
  expect(await store.select(tables.linuximage)).toMatchObject([
    {
      pkglist: at('rh/compute.x86_64.pkglist'),
      otherpkglist: at('rh/compute.otherpkgs.pkglist'),
      exlist: at('rocky/compute.exlist'),
      postinstall: at('rocky9.4/compute.rocky9.4.postinstall'),
      krpmver: '5.14',
    },
  ]);
  expect(await store.select(tables.osimage)).toMatchObject([
    { synclists: at('rh/compute.synclist') },
  ]);
  await store.close();
});

test('files that a profile got after copycds made its row are filled in, and what the row says stays', async () => {
  await using directory = await tempRoot();
  const { store, logged, choose } = await setup(directory.path);
  await store.transaction(async (tx) => {
    await tx.upsert(tables.osimage, { imagename: name, ...profile, provmethod: 'statelite' });
    await tx.upsert(tables.linuximage, { imagename: name, exlist: '/mine', netdrivers: 'tg3' });
  });
  plantTree(directory.path, {
    'install/custom/netboot/debian/compute.otherpkgs.pkglist': 'own',
    'install/custom/netboot/debian/compute.exlist': './boot*',
  });
  const otherpkglist = join(
    directory.path,
    'install/custom/netboot/debian/compute.otherpkgs.pkglist',
  );
  expect(await choose(profile, {}, false)).toMatchObject({ otherpkglists: [otherpkglist] });
  expect(await choose(name)).toMatchObject({ otherpkglists: [] });
  await choose(profile, { netdrivers: 'igb' });
  expect(await store.select(tables.linuximage)).toMatchObject([
    { otherpkglist, exlist: '/mine', netdrivers: 'igb' },
  ]);
  expect(logged.join('')).toContain(`otherpkglist is now ${otherpkglist}`);
  await store.close();
});

test('a name that no osimage has is refused', async () => {
  await using directory = await tempRoot();
  const { store, choose } = await setup(directory.path);
  await expect(choose('computer')).rejects.toMatchObject({ code: 'ERR_STATELITE_NOT_FOUND' });
  await expect(choose({ ...profile, osvers: 'plan9' })).rejects.toThrow(/osvers "plan9"/);
  await store.close();
});
