import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { tables } from '../../../../mgmt/db/tables.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { snapshot } from '../../../helpers/snapshot.ts';
import { plantTree } from '../../../helpers/tree.ts';
import { makeIso, plantMedium, sampleOf, samples } from '../media/make-media.ts';

const endings = [
  'install-compute',
  'install-service',
  'stateful-mgmtnode',
  'netboot-compute',
  'statelite-compute',
];

const debian = (disc: string) => ({
  '.disk/info': `Debian GNU/Linux 12.5.0 "Bookworm" - Official amd64 DVD Binary-${disc}`,
  'dists/bookworm/Release': disc,
});

describe.for(samples)('$name', ({ name, disc, files }) => {
  test('is told by -i, copied to its place, and has its osimages', async ({ mn }) => {
    const iso = makeIso(mn.directory, 'medium', files);
    expect(await mn.run('copycds', '-i', 'medium.iso')).toEqual({
      code: 0,
      out: [`OS Image:${iso}`, `DISTNAME:${name}`, 'ARCH:x86_64', `DISCNO:${disc}`],
      err: '',
    });
    const pkgdir = join(mn.directory, 'install', name, 'x86_64');
    expect(existsSync(pkgdir)).toBe(false);

    const directory = files['media.1/media'] === undefined ? pkgdir : join(pkgdir, '1');
    expect(await mn.run('copycds', 'medium.iso')).toMatchObject({
      code: 0,
      out: [`Copying media to ${directory}`, 'Media copy operation successful'],
    });
    const { '/.fingerprint': _, ...copied } = snapshot(directory);
    expect(copied).toEqual(snapshot(join(mn.directory, 'medium.tree')));

    const images = await mn.store().select(tables.osimage);
    expect(images.map(({ imagename }) => imagename)).toEqual(
      endings.map((ending) => `${name}-x86_64-${ending}`),
    );
    const statelite = `${name}-x86_64-statelite-compute`;
    expect(images.find(({ imagename }) => imagename === statelite)).toMatchObject({
      provmethod: 'statelite',
      profile: 'compute',
      osvers: name,
      osarch: 'x86_64',
      osdistroname: `${name}-x86_64`,
    });
    const [linux] = await mn.store().select(tables.linuximage, { imagename: statelite });
    expect(linux).toMatchObject({
      pkgdir,
      otherpkgdir: join(mn.directory, 'install/post/otherpkgs', name, 'x86_64'),
      rootimgdir: join(mn.directory, 'install/netboot', name, 'x86_64/compute'),
    });
    expect(await mn.store().select(tables.osdistro)).toMatchObject([
      { osdistroname: `${name}-x86_64`, arch: 'x86_64', dirpaths: pkgdir },
    ]);
  });
});

test('a mounted or unpacked medium is given as its directory', async ({ mn }) => {
  plantMedium(mn.directory, 'cdrom', sampleOf('alma9.2').files);
  expect((await mn.run('copycds', './cdrom/')).code).toBe(0);
  expect(existsSync(join(mn.directory, 'install/alma9.2/x86_64/BaseOS/repodata'))).toBe(true);
});

test('osimages have the files of their profile', async ({ mn }) => {
  const rh = join(mn.directory, 'install/custom/netboot/rh');
  plantTree(mn.directory, {
    'install/custom/netboot/rh/compute.pkglist': 'bash',
    'install/custom/netboot/rh/compute.rocky9.4.pkglist': 'bash',
    'install/custom/netboot/rh/compute.exlist': './boot*',
    'install/custom/netboot/rh/compute.postinstall': '#!/bin/sh',
    'install/custom/netboot/rh/compute.otherpkgs.pkglist': 'site-tools',
    'install/custom/install/rh/compute.tmpl': 'install',
  });
  makeIso(mn.directory, 'm', sampleOf('rocky9.4').files);
  await mn.run('copycds', 'm.iso');
  const select = async (ending: string) =>
    (await mn.store().select(tables.linuximage, { imagename: `rocky9.4-x86_64-${ending}` }))[0];
  const files = {
    pkglist: join(rh, 'compute.rocky9.4.pkglist'),
    exlist: join(rh, 'compute.exlist'),
    postinstall: join(rh, 'compute.postinstall'),
    otherpkglist: join(rh, 'compute.otherpkgs.pkglist'),
    template: null,
  };
  expect(await select('statelite-compute')).toMatchObject(files);
  expect(await select('netboot-compute')).toMatchObject(files);
  expect(await select('install-compute')).toMatchObject({
    pkglist: null,
    template: join(mn.directory, 'install/custom/install/rh/compute.tmpl'),
  });
});

test('a system that genimage does not know has its osimages too, without files', async ({ mn }) => {
  plantMedium(mn.directory, 'micro', { 'a.rpm': 'a' });
  expect((await mn.run('copycds', '-n', 'slemicro5', '-a', 'x86_64', 'micro')).code).toBe(0);
  const imagename = 'slemicro5-x86_64-statelite-compute';
  expect(await mn.store().select(tables.linuximage, { imagename })).toMatchObject([
    { pkglist: null, pkgdir: join(mn.directory, 'install/slemicro5/x86_64') },
  ]);
});

test('what rows say stays, blank columns are filled, and one undo takes all of it back', async ({
  mn,
}) => {
  const imagename = 'rocky9.4-x86_64-statelite-compute';
  await mn.run('chtab', `imagename=${imagename}`, 'osimage.profile=mine', 'osimage.groups=all');
  await mn.run('chtab', `imagename=${imagename}`, 'linuximage.pkgdir=/mine');
  makeIso(mn.directory, 'm', sampleOf('rocky9.4').files);
  const { err } = await mn.run('copycds', 'm.iso');
  expect(err).toContain(`osimage ${imagename} keeps its pkgdir /mine`);
  expect(err).toContain('osimage rocky9.4-x86_64-netboot-compute is new');
  const store = mn.store();
  expect(await store.select(tables.osimage, { imagename })).toMatchObject([
    { profile: 'mine', groups: 'all', osvers: 'rocky9.4' },
  ]);
  expect(await store.select(tables.linuximage, { imagename })).toMatchObject([{ pkgdir: '/mine' }]);
  expect((await mn.run('undo')).code).toBe(0);
  expect(await store.select(tables.osimage)).toHaveLength(1);
  expect(await store.select(tables.osdistro)).toEqual([]);
});

test('-o defines no osimages, only the distribution', async ({ mn }) => {
  makeIso(mn.directory, 'm', sampleOf('rocky9.4').files);
  expect((await mn.run('copycds', '-o', 'm.iso')).code).toBe(0);
  expect(await mn.store().select(tables.osimage)).toEqual([]);
  expect(await mn.store().select(tables.osdistro)).toHaveLength(1);
});

test('-w leaves a medium that was copied before, in whatever form it comes; another is copied', async ({
  mn,
}) => {
  const { files } = sampleOf('rocky9.4');
  makeIso(mn.directory, 'm', files);
  await mn.run('copycds', '-o', 'm.iso');
  const place = join(mn.directory, 'install/rocky9.4/x86_64');
  const before = snapshot(place, 'full');
  for (const medium of ['m.iso', 'm.tree']) {
    expect((await mn.run('copycds', '-o', '-w', medium)).out).toEqual([
      'The disc iso has already been copied in!',
    ]);
  }
  expect(snapshot(place, 'full')).toEqual(before);
  plantMedium(mn.directory, 'other', { ...files, 'BaseOS/new.rpm': 'new' });
  expect((await mn.run('copycds', '-o', '-w', 'other')).out).toHaveLength(2);
  expect(readFileSync(join(place, '.fingerprint'), 'utf8').trim().split('\n')).toHaveLength(2);
});

test('-w defines osimages that a run before could not', async ({ mn }) => {
  makeIso(mn.directory, 'm', sampleOf('rocky9.4').files);
  await mn.run('copycds', '-o', 'm.iso');
  await mn.run('copycds', '-w', 'm.iso');
  expect(await mn.store().select(tables.osimage)).toHaveLength(5);
});

test('a blank name of a medium is not this directory', async ({ mn }) => {
  expect(await mn.run('copycds', '')).toMatchObject({
    code: 2,
    err: expect.stringContaining('a medium has no name'),
  });
});

test('-n and -a name what does not say what it is', async ({ mn }) => {
  plantMedium(mn.directory, 'site', { 'pool/a.rpm': 'a' });
  const { code, err } = await mn.run('copycds', 'site');
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringContaining(
      'copycds could not identify the ISO supplied, you may wish to try -n <osver>',
    ),
  });
  for (const [name, flag] of [
    ['rhels6-site', '-n'],
    ['rhels6-two', '--osver'],
    ['ol6', '--name'],
  ] as const) {
    expect((await mn.run('copycds', flag, name, '-a', 'x86_64', '-o', 'site')).code).toBe(0);
    expect(existsSync(join(mn.directory, 'install', name, 'x86_64/pool/a.rpm'))).toBe(true);
  }
});

test('-i says that it takes no notice of -n and -a', async ({ mn }) => {
  makeIso(mn.directory, 'm', sampleOf('rocky9.4').files);
  const { out, err } = await mn.run('copycds', '-i', '-n', 'rhels9', '-a', 'aarch64', 'm.iso');
  expect(out).toContain('DISTNAME:rocky9.4');
  expect(err.split('\n').filter((line) => line.includes('is ignored'))).toEqual([
    'statelite: warning: option --inspection specified, argument specified with option --name is ignored',
    'statelite: warning: option --inspection specified, argument specified with option --arch is ignored',
  ]);
});

test('-p chooses the directory, with a word about web servers outside the install directory', async ({
  mn,
}) => {
  makeIso(mn.directory, 'm', sampleOf('rocky9.4').files);
  const inside = await mn.run('copycds', '-o', '-p', 'install/rocky', 'm.iso');
  expect(inside.err).not.toContain('warning');
  const { err } = await mn.run('copycds', '-p', 'elsewhere/rocky/', 'm.iso');
  const elsewhere = join(mn.directory, 'elsewhere/rocky');
  expect(err).toContain(`warning: ${elsewhere} is not below ${mn.directory}/install`);
  expect(existsSync(join(elsewhere, 'BaseOS'))).toBe(true);
  expect((await mn.store().select(tables.linuximage))[0]?.pkgdir).toBe(elsewhere);
  expect((await mn.store().select(tables.osdistro))[0]?.dirpaths).toBe(
    `${mn.directory}/install/rocky,${elsewhere}`,
  );
});

test('discs of SLES and of Debian have directories, those of Red Hat are one tree', async ({
  mn,
}) => {
  const { files } = sampleOf('sles12.3');
  plantMedium(mn.directory, 's1', files);
  plantMedium(mn.directory, 's2', {
    'media.2/media': 'SUSE - SLE-12-SP3-Server-DVD-x86_64-Build0473-Media2\n',
    'media.2/products': '/ SLES12-SP3 12.3-0\n',
  });
  expect((await mn.run('copycds', '-o', 's2', 's1')).out).toEqual([
    `Copying media to ${mn.directory}/install/sles12.3/x86_64/2`,
    `Copying media to ${mn.directory}/install/sles12.3/x86_64/1`,
    'Media copy operation successful',
  ]);
  plantMedium(mn.directory, 'd1', debian('1'));
  plantMedium(mn.directory, 'd2', debian('2'));
  await mn.run('copycds', '-o', 'd1', 'd2');
  plantMedium(mn.directory, 'c1', { '.discinfo': '1.0\nCentOS Linux 5\ni386\n1\n', a: '1' });
  plantMedium(mn.directory, 'c2', { '.discinfo': '2.0\nCentOS Linux 5\ni386\n2\n', b: '2' });
  await mn.run('copycds', '-o', 'c2', 'c1');
  const install = join(mn.directory, 'install');
  expect(readdirSync(join(install, 'sles12.3/x86_64'))).toEqual(['.fingerprint', '1', '2']);
  expect(readdirSync(join(install, 'debian12.5.0/x86_64'))).toEqual([
    '.disk',
    '.fingerprint',
    '2',
    'dists',
  ]);
  expect(snapshot(join(install, 'centos5/x86'))).toMatchObject({
    '/.discinfo': '1.0\nCentOS Linux 5\ni386\n1\n',
    '/a': '1',
    '/b': '2',
  });
});

test('a tree that is in its place only gets its osimages', async ({ mn }) => {
  const place = plantMedium(mn.directory, 'install/rocky9.4/x86_64', sampleOf('rocky9.4').files);
  const before = snapshot(place, 'full');
  expect(await mn.run('copycds', place)).toMatchObject({ code: 0, out: [] });
  expect(snapshot(place, 'full')).toEqual(before);
  expect(await mn.store().select(tables.osimage)).toHaveLength(5);
  expect(await mn.run('copycds', '-p', join(place, 'sub'), place)).toMatchObject({
    code: 2,
    err: expect.stringContaining('overlap'),
  });
});

describe('refused', () => {
  test.for([
    [['missing.iso'], 1, 'The management server was unable to find/read'],
    [
      ['-a', 'aarch64', 'rocky'],
      1,
      'Requested distribution architecture aarch64, but media is x86_64',
    ],
    [['-n', 'debian12', 'rocky'], 1, 'rocky is not debian12: it looks like rocky9.4'],
    [['-n', '../../etc', 'rocky'], 2, '-n ../../etc is no system that is known'],
    [['rocky', 'debian'], 2, 'rocky is rocky9.4 x86_64, but'],
    [['-p', 'a,b', 'rocky'], 2, 'has a comma'],
    [['-p', '', 'rocky'], 2, ''],
    [[], 2, ''],
  ] as const)('%j', async ([argv, code, message], { mn }) => {
    plantMedium(mn.directory, 'rocky', sampleOf('rocky9.4').files);
    plantMedium(mn.directory, 'debian', sampleOf('debian12.5.0').files);
    const ran = await mn.run('copycds', ...argv);
    expect(ran).toEqual({ code, out: [], err: expect.stringContaining(message) });
    expect(existsSync(join(mn.directory, 'install'))).toBe(false);
    expect(await mn.store().select(tables.osimage)).toEqual([]);
  });

  test('a management node without bsdtar says what to install', async ({ mn }) => {
    makeIso(mn.directory, 'm', sampleOf('rocky9.4').files);
    // The program itself, and env(1); nothing else is found.
    plantTree(mn.directory, { 'bin/env': { link: '/usr/bin/env' } });
    const main = join(import.meta.dirname, '../../../../mgmt/main.ts');
    const settings = ['--etc', join(mn.directory, 'etc'), '--state', join(mn.directory, 'state')];
    const argv = [main, ...settings, 'copycds', '-i', join(mn.directory, 'm.iso')];
    const env = { PATH: join(mn.directory, 'bin') };
    const run = () => execFileSync(process.execPath, argv, { stdio: 'pipe', env });
    expect(run).toThrow('apt-get install libarchive-tools');
  });
});

test('what a copy was interrupted in is cleaned up by the next', async ({ mn }) => {
  plantTree(mn.directory, { 'install/rocky9.4/.copycds-x86_64/next/half': 'x' });
  makeIso(mn.directory, 'm', sampleOf('rocky9.4').files);
  expect((await mn.run('copycds', 'm.iso')).code).toBe(0);
  expect(readdirSync(join(mn.directory, 'install/rocky9.4'))).toEqual(['x86_64']);
});

test('old scripts may give -s', async ({ mn }) => {
  plantMedium(mn.directory, 'rocky', sampleOf('rocky9.4').files);
  expect((await mn.run('copycds', '-s', '-i', 'rocky')).code).toBe(0);
  expect((await mn.run('copycds', '--help')).out.join('\n')).not.toContain('  -s');
});
