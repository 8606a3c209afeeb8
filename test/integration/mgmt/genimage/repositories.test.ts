import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseListFile } from '../../../../mgmt/image/genimage/apt-sources.ts';
import { distributionOf } from '../../../../mgmt/image/genimage/distribution.ts';
import { findOtherPackages } from '../../../../mgmt/image/genimage/other-packages.ts';
import { planPackages } from '../../../../mgmt/image/genimage/packages.ts';
import { findKeys, findRepositories } from '../../../../mgmt/image/genimage/repositories.ts';
import { imageSpec, type ImageRow } from '../../../../mgmt/image/genimage/spec.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';
import { imageRow } from '../../../helpers/image-row.ts';
import { packageOptions } from './image-under-test.ts';

const other = (otherpkgdirs: string[], directories: string[], osvers = 'rocky9') =>
  findOtherPackages(
    { ...imageSpec({ ...imageRow, osvers }, '/install'), otherpkgdirs },
    directories,
  );

const plan = async (installdir: string, columns: Partial<ImageRow>, nogpgcheck = false) => {
  const spec = imageSpec({ ...imageRow, ...columns }, installdir);
  return planPackages(spec, { ...packageOptions, installdir, nogpgcheck });
};

describe('repositories of pkgdir', () => {
  test('are all directories with metadata, and URLs', async () => {
    await using place = await tempRoot();
    plantTree(place.path, {
      'rocky9/BaseOS/repodata/repomd.xml': '',
      'rocky9/BaseOS/Packages/repodata/not-looked-for': '',
      'rocky9/AppStream/repodata/repomd.xml': '',
      'rocky9/images/x': '',
      'sles15/1/Module-Basesystem/x86_64/repodata/repomd.xml': '',
      'sles11/1/content': '',
      'sles11/1/media.1/media': '',
      'sles11/1/suse/x86_64/a.rpm': '',
    });
    const at = (path: string) => join(place.path, path);
    const found = await findRepositories('media', [
      at('rocky9'),
      at('sles15'),
      at('sles11'),
      'http://mirror.example.com/9',
    ]);
    expect(
      found.map(({ id, url, type, isLocal }) => [id, url.replace(place.path, ''), type, isLocal]),
    ).toEqual([
      ['media1', 'file:///rocky9/AppStream', 'rpm-md', true],
      ['media2', 'file:///rocky9/BaseOS', 'rpm-md', true],
      ['media3', 'file:///sles15/1/Module-Basesystem/x86_64', 'rpm-md', true],
      ['media4', 'file:///sles11/1', 'yast2', true],
      ['media5', 'http://mirror.example.com/9', 'rpm-md', false],
    ]);
  });

  test('that are none are refused, naming the places', async () => {
    await expect(findRepositories('media', ['/no/such', '/dev/null'])).rejects.toThrow(
      'there is no package repository in /no/such, /dev/null',
    );
  });

  test('bring the keys of their packages', async () => {
    await using place = await tempRoot();
    plantTree(place.path, {
      'RPM-GPG-KEY-Rocky-9': 'k',
      'gpg-pubkey-1.asc': 'k',
      'README.asc': '',
    });
    const names = ['RPM-GPG-KEY-Rocky-9', 'gpg-pubkey-1.asc'];
    expect(await findKeys([place.path, 'http://x.example.com', '/gone'])).toEqual(
      names.map((name) => join(place.path, name)),
    );
  });
});

describe("a site's own packages", () => {
  test('of a directory with metadata are used where they are, others by metadata of ours', async () => {
    await using place = await tempRoot();
    plantTree(place.path, { 'a/repodata/repomd.xml': '', 'b/own.rpm': '' });
    const made = (await other([place.path], ['a', 'b'])).at('/work');
    expect(made.repositories.map(({ url }) => url.replace(place.path, ''))).toEqual([
      'file:///a',
      'file:///run/statelite-genimage/other/other2',
    ]);
    expect(made.links).toEqual({ 'other/other2/packages': join(place.path, 'b') });
    expect(made.commands.map(({ argv }) => argv.at(-1))).toEqual([
      '/run/statelite-genimage/other/other2',
    ]);
  });

  test('of a directory that is not there are refused', async () => {
    await expect(other(['/gone'], ['', 'x'])).rejects.toThrow(
      'the directory /gone of the otherpkglist of compute does not exist',
    );
  });

  test('may come from a URL', async () => {
    const { ready } = await other(['http://mirror.example.com/own'], ['']);
    expect(ready).toMatchObject([{ url: 'http://mirror.example.com/own', isLocal: false }]);
  });
});

describe('before anything is installed', () => {
  test('packages of the network without a key are refused, unless they are to be believed', async () => {
    await using place = await tempRoot();
    const columns = { osvers: 'rocky9', pkgdir: 'http://mirror.example.com/9' };
    await expect(plan(place.path, columns)).rejects.toThrow(
      'packages of http://mirror.example.com/9 cannot be checked: there is no key',
    );
    const recipe = await plan(place.path, columns, true);
    expect(recipe.into('/i/rootimg').files['dnf.conf']).toContain('gpgcheck=0');
  });

  test('a list of repositories of the profile is used, plain directories get metadata for dnf', async () => {
    await using place = await tempRoot();
    plantTree(place.path, {
      'media/repodata/repomd.xml': '',
      'custom/netboot/rh/compute.rh.repolist': `plaindir|file://${place.path}/own|own\n`,
      'custom/netboot/sles/compute.repolist': `plaindir|file://${place.path}/own|own\n`,
      'custom/netboot/ol/compute.repolist': 'yast2|http://x.example.com|x\n',
      'own/own.rpm': '',
    });
    const pkgdir = join(place.path, 'media');
    const dnf = (await plan(place.path, { osvers: 'rocky9', pkgdir })).into('/i/rootimg');
    expect(dnf.links).toEqual({ 'other/repolist1-own/packages': join(place.path, 'own') });
    expect(dnf.commands[0]?.argv[0]).toBe('createrepo_c');
    const zypper = (await plan(place.path, { osvers: 'leap15.6', pkgdir })).into('/i/rootimg');
    expect(zypper.files['repos/repolist1-own.repo']).toContain('type=plaindir\n');
    await expect(plan(place.path, { osvers: 'ol9', pkgdir })).rejects.toThrow(
      'dnf cannot read http://x.example.com, a yast2',
    );
  });

  test('Debian media that were copied are used, also where this machine has no such suite', async () => {
    await using place = await tempRoot();
    plantTree(place.path, { 'debian12/x86_64/dists/bookworm/Release': '' });
    const { commands } = (await plan(place.path, {})).into('/i/rootimg');
    expect(commands[0]?.input).toContain(`URIs: file://${place.path}/debian12/x86_64\n`);
    await expect(plan(place.path, { osvers: 'debian11' })).rejects.toThrow(/offers the suite/);
    // Nor does it matter that its sources have the suite for another architecture.
    const foreign = imageSpec({ ...imageRow, osarch: 'aarch64' }, place.path);
    plantTree(place.path, { 'debian12/aarch64/dists/bookworm/Release': '' });
    const hostSources = parseListFile('deb [arch=amd64] http://d.example.com bookworm main');
    const options = { ...packageOptions, installdir: place.path, hostSources };
    const input = (await planPackages(foreign, options)).into('/i/rootimg').commands[0]?.input;
    expect(input).toContain(`URIs: file://${place.path}/debian12/aarch64\n`);
    expect(input).not.toContain('d.example.com');
    expect(distributionOf('debian12').installer).toBe('apt');
    expect(await readdir(place.path)).toEqual(['debian12']);
  });
});
