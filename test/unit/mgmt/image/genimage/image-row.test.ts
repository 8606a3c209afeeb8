import { expect, test } from 'vitest';
import { changedColumns, composeRows } from '../../../../../mgmt/image/genimage/image-row.ts';
import { profileFiles } from '../../../../../mgmt/image/genimage/profile-file.ts';

const profile = { profile: 'compute', osvers: 'debian12', osarch: 'x86_64' };

test('files of a profile are looked for in the order of the cookbook', () => {
  expect(profileFiles(profile, 'postinstall', '/install')).toEqual([
    '/install/custom/netboot/debian/compute.debian12.x86_64.postinstall',
    '/install/custom/netboot/debian/compute.x86_64.postinstall',
    '/install/custom/netboot/debian/compute.debian12.postinstall',
    '/install/custom/netboot/debian/compute.postinstall',
  ]);
});

test('os, arch and profile make an osimage, with the files of the profile that are there', async () => {
  const there = [
    '/install/custom/netboot/debian/compute.debian12.pkglist',
    '/install/custom/netboot/debian/compute.pkglist',
  ];
  const rows = await composeRows(profile, '/install', async (path) => there.includes(path));
  expect(rows).toEqual({
    osimage: {
      profile: 'compute',
      imagetype: 'linux',
      provmethod: 'statelite',
      osname: 'Linux',
      osvers: 'debian12',
      osarch: 'x86_64',
      osdistroname: 'debian12-x86_64',
    },
    linuximage: {
      pkglist: '/install/custom/netboot/debian/compute.debian12.pkglist',
      rootimgdir: '/install/netboot/debian12/x86_64/compute',
    },
  });
});

test('an unknown system makes none', async () => {
  const made = composeRows({ ...profile, osvers: 'beos5' }, '/install', async () => false);
  await expect(made).rejects.toThrow(/osvers "beos5"/);
});

test('only options that say something else than the row are written to it', () => {
  const row = { netdrivers: 'tg3', kernelver: null, permission: '755' };
  const options = {
    netdrivers: 'tg3',
    kernelver: '6.1.0-1',
    permission: '777',
    otherifce: undefined,
  };
  expect(changedColumns(options, row)).toEqual({ kernelver: '6.1.0-1', permission: '777' });
  expect(changedColumns({ kernelver: '' }, row)).toEqual({});
});
