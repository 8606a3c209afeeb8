import { describe, expect, test } from 'vitest';
import {
  debianArchitecture,
  debianSuite,
} from '../../../../../mgmt/image/genimage/debian-release.ts';
import { type ImageRow, imageSpec } from '../../../../../mgmt/image/genimage/spec.ts';
import { imageRow } from '../../../../helpers/image-row.ts';

const spec = (columns: Partial<ImageRow>) => imageSpec({ ...imageRow, ...columns }, '/install');

describe('an osimage', () => {
  test('with the fewest columns is built in the usual place from the built-in list', () => {
    expect(spec({})).toMatchObject({
      distribution: { installer: 'apt', platform: 'debian' },
      pkglists: [],
      pkgdirs: ['/install/debian12/x86_64'],
      otherpkgdirs: ['/install/post/otherpkgs/debian12/x86_64'],
      kerneldir: '/install/kernels',
      postinstall: [],
      rootimgdir: '/install/netboot/debian12/x86_64/compute',
    });
  });

  test('has lists in its columns', () => {
    expect(
      spec({
        environvar: 'A=1, B=x=y',
        postinstall: '/p/a.sh extra words,/p/b.sh',
        netdrivers: 'tg3, e1000e.ko,allupdate,mlx5_core.ko.xz',
        rootimgdir: '/srv/images/compute/',
        pkglist: '/p/base, /p/more',
        pkgdir: '/srv/rocky9,http://mirror.example.com/extra',
      }),
    ).toMatchObject({
      environment: { A: '1', B: 'x=y' },
      postinstall: [
        { path: '/p/a.sh', extra: ['extra', 'words'] },
        { path: '/p/b.sh', extra: [] },
      ],
      netdrivers: ['tg3', 'e1000e', 'mlx5_core'],
      rootimgdir: '/srv/images/compute',
      pkglists: ['/p/base', '/p/more'],
      pkgdirs: ['/srv/rocky9', 'http://mirror.example.com/extra'],
    });
  });

  test.for([
    [{ osvers: null }, /osimage\.osvers is blank/],
    [{ profile: '' }, /osimage\.profile is blank/],
    [{ profile: '../../etc' }, /profile "..\/..\/etc" is no plain word/],
    [{ provmethod: 'install' }, /provmethod "install" is not of a diskless image/],
    [{ osvers: 'plan9' }, /cannot build an image of osvers "plan9"/],
    [{ osarch: 's390x' }, /cannot build an image of osarch "s390x"/],
    [
      { pkglist: 'compute.pkglist' },
      /linuximage\.pkglist "compute\.pkglist" is not an absolute path/,
    ],
    [{ rootimgdir: 'images' }, /linuximage\.rootimgdir "images" is not an absolute path/],
    [{ postinstall: 'a.sh' }, /linuximage\.postinstall "a\.sh" is not an absolute path/],
    [{ netdrivers: 'tg3 e1000' }, /"tg3 e1000" is no name of a kernel module/],
    [{ pkgdir: 'rpms' }, /linuximage\.pkgdir "rpms" is not an absolute path/],
    [{ kernelver: '../../etc' }, /linuximage\.kernelver "..\/..\/etc" is no version/],
    [{ krpmver: '--rpm' }, /linuximage\.krpmver "--rpm" is no version/],
    [{ environvar: 'A' }, /environvar: "A" is not NAME=value/],
  ] as const)('with %j is refused, naming the column', ([columns, message]) => {
    expect(() => spec(columns)).toThrow(message);
    expect(() => spec(columns)).toThrow(expect.objectContaining({ code: 'ERR_STATELITE_IMAGE' }));
  });
});

test.for([
  ['debian11', 'bullseye'],
  ['debian12.5', 'bookworm'],
  ['debian13', 'trixie'],
] as const)('%s is %s', ([osvers, suite]) => {
  expect(debianSuite(osvers)).toBe(suite);
});

test('architectures have names of their own in Debian', () => {
  expect(['x86_64', 'aarch64', 'ppc64le'].map(debianArchitecture)).toEqual([
    'amd64',
    'arm64',
    'ppc64el',
  ]);
});
