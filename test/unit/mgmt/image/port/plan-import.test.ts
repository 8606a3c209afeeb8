import { describe, expect, test } from 'vitest';
import type { Manifest } from '../../../../../mgmt/image/port/manifest.ts';
import { planImport } from '../../../../../mgmt/image/port/plan-import.ts';
import { failure } from '../../../../helpers/rows.ts';

const osimage = {
  imagename: 'img',
  provmethod: 'statelite',
  profile: 'compute',
  osvers: 'rocky9',
  osarch: 'x86_64',
};

const manifest: Manifest = {
  osimage,
  linuximage: {
    imagename: 'img',
    rootimgdir: '/install/netboot/mine',
    pkglist: '/opt/xcat/share/xcat/netboot/rh/compute.rocky9.pkglist',
    postinstall: '/install/custom/netboot/rh/compute.postinstall fast --now',
    pkgdir: '/install/rocky9/x86_64,http://mirror/rocky9',
    permission: '711',
  },
  files: {},
  postscripts: '',
  postbootscripts: '',
  extra: [],
  installdir: '/install',
};

const boot = ['kernel', 'initrd-statelite.gz', 'rootimgtree.gz'];
const lists = ['compute.rocky9.pkglist', 'compute.postinstall'];
const places = { installdir: '/data', extraBelow: [] };
const plan = (
  changed: Partial<Manifest> = {},
  members: readonly string[] = [...boot, ...lists],
  profile?: string,
) => planImport({ ...manifest, ...changed }, new Set(members), { ...places, profile });

describe('what an import will make', () => {
  test('has the rows of the archive with the places of this machine', () => {
    expect(plan()).toEqual({
      image: 'img',
      rootimgdir: '/data/netboot/mine',
      osimage,
      linuximage: {
        imagename: 'img',
        rootimgdir: '/data/netboot/mine',
        pkglist: '/data/custom/netboot/rh/compute.rocky9.pkglist',
        postinstall: '/data/custom/netboot/rh/compute.postinstall fast --now',
        pkgdir: '/data/rocky9/x86_64,http://mirror/rocky9',
        permission: '711',
      },
      boot: ['kernel', 'initrd-statelite.gz'],
      lists: [
        { name: 'compute.rocky9.pkglist', to: '/data/custom/netboot/rh/compute.rocky9.pkglist' },
        { name: 'compute.postinstall', to: '/data/custom/netboot/rh/compute.postinstall' },
      ],
      extra: [],
      warnings: [],
    });
  });

  test('with another profile is called after that', () => {
    const made = plan({}, undefined, 'login');
    expect(made).toMatchObject({
      image: 'rocky9-x86_64-statelite-login',
      rootimgdir: '/data/netboot/rocky9/x86_64/login',
      osimage: { imagename: 'rocky9-x86_64-statelite-login', profile: 'login' },
      linuximage: { pkglist: '/data/custom/netboot/rh/login.rocky9.pkglist' },
    });
    expect(plan({}, undefined, 'compute').image).toBe('img');
  });

  test('says which list is missing', () => {
    expect(plan({}, [...boot, 'compute.postinstall'])).toMatchObject({
      warnings: [expect.stringContaining('compute.rocky9.pkglist')],
      lists: [{ name: 'compute.postinstall' }],
    });
  });

  test('puts extra files and directories where the manifest says', () => {
    const extra = [
      { src: '/install/postscripts/one', dest: '/install/postscripts' },
      { src: '/tmp/dir', dest: '/install/post/dir' },
    ];
    const members = [...boot, ...lists, 'extra/one', 'extra/tmp/dir', 'extra/tmp/dir/a'];
    expect(plan({ extra }, members).extra).toEqual([
      { name: 'extra/one', to: '/data/postscripts/one' },
      { name: 'extra/tmp/dir', to: '/data/post/dir' },
    ]);
  });

  test('takes packed roots along with their digests', () => {
    const packed = ['rootimg-statelite.sfs', 'rootimg-statelite.sfs.sha256'];
    expect(plan({}, [...boot, ...lists, ...packed]).boot).toEqual([
      'kernel',
      'initrd-statelite.gz',
      ...packed,
    ]);
  });

  test.for([
    ['no tree', {}, ['kernel', 'initrd-statelite.gz'], 'rootimgtree.gz'],
    ['a name that leads out', { osimage: { ...osimage, imagename: '../img' } }, boot, '"../img"'],
    ['a blank name', { osimage: { ...osimage, imagename: '' } }, boot, 'imagename ""'],
    ['an osvers with a slash', { osimage: { ...osimage, osvers: 'a/b' } }, boot, '"a/b"'],
    ['a profile of dots', { osimage: { ...osimage, profile: '..' } }, boot, '".."'],
    [
      'an image that is installed',
      { osimage: { ...osimage, provmethod: 'install' } },
      boot,
      'install',
    ],
    [
      'an extra file that it has not',
      { extra: [{ src: '/a/x', dest: '/install' }] },
      [...boot, ...lists],
      'extra/x',
    ],
    [
      'an extra file for elsewhere',
      { extra: [{ src: '/a/x', dest: '/etc/cron.d' }] },
      [...boot, ...lists, 'extra/x'],
      '/etc/cron.d/x',
    ],
    [
      'an extra file in place of a list',
      { extra: [{ src: '/a/compute.postinstall', dest: '/install/custom/netboot/rh' }] },
      [...boot, ...lists, 'extra/compute.postinstall'],
      'would both be',
    ],
  ] as const)('is refused with %s', ([, changed, members, named]) => {
    expect(() => plan(changed, members)).toThrow(failure('ERR_STATELITE_IMAGE', named));
  });

  test('is refused with root options that nodes would refuse', () => {
    const changed = { osimage: { ...osimage, nfsrootopts: 'rw' } };
    expect(() => plan(changed)).toThrow(failure('ERR_STATELITE_ROW', 'nfsrootopts'));
  });
});
