import { expect, test } from 'vitest';
import { changedColumns, composeRows } from '../../../../../mgmt/image/genimage/image-row.ts';
import { profileFiles } from '../../../../../mgmt/image/genimage/profile-file.ts';

const profile = { profile: 'compute', osvers: 'debian12', osarch: 'x86_64' };

test('files of a profile are looked for in the order of the cookbook, by system and family', () => {
  const names = ['compute.rocky9.4.x86_64', 'compute.x86_64', 'compute.rocky9.4', 'compute'];
  const rocky = { ...profile, osvers: 'rocky9.4' };
  expect(profileFiles(rocky, 'postinstall', '/install')).toEqual(
    ['rocky9.4', 'rocky', 'rh'].flatMap((directory) =>
      names.map((name) => `/install/custom/netboot/${directory}/${name}.postinstall`),
    ),
  );
});

test("a list of repositories may be of the family, as in the cookbook's example", () => {
  const paths = profileFiles({ ...profile, osvers: 'rhels5.3' }, 'repolist', '/install');
  expect(paths).toContain('/install/custom/netboot/rh/compute.rh.repolist');
});

test('a system that nobody knows has a directory of its own', () => {
  const paths = profileFiles({ ...profile, osvers: 'beos5' }, 'pkglist', '/install');
  expect(paths).toContain('/install/custom/netboot/beos/compute.pkglist');
});

test('an unknown system makes no osimage', async () => {
  const made = composeRows({ ...profile, osvers: 'beos5' }, '/install');
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
