import { expect, test } from 'vitest';
import type { Distribution } from '../../../../mgmt/media/distribution.ts';
import {
  imageDefinitions,
  linuximageColumns,
  missingColumns,
  osdistroColumns,
  osimageColumns,
} from '../../../../mgmt/media/image-definitions.ts';

const of = (name: string, family: Distribution['family']): Distribution => ({
  name,
  family,
  arch: 'x86_64',
  disc: '1',
});
const rocky = of('rocky9.4', 'redhat');

test.for([
  rocky,
  of('sles15.5', 'suse'),
  of('debian12.5.0', 'debian'),
  of('ubuntu22.04.4', 'debian'),
])('$name has images to install, for netboot and statelite', (distribution) => {
  const { name } = distribution;
  expect(
    imageDefinitions(distribution).map(({ imagename, profile, provmethod }) => [
      imagename,
      provmethod,
      profile,
    ]),
  ).toEqual([
    [`${name}-x86_64-install-compute`, 'install', 'compute'],
    [`${name}-x86_64-install-service`, 'install', 'service'],
    [`${name}-x86_64-stateful-mgmtnode`, 'install', 'mgmtnode'],
    [`${name}-x86_64-netboot-compute`, 'netboot', 'compute'],
    [`${name}-x86_64-statelite-compute`, 'statelite', 'compute'],
  ]);
});

test('an image knows its system, its packages and its directory; an installed one has no directory', () => {
  const packages = { distribution: rocky, installdir: '/srv', pkgdir: '/srv/rocky9.4/x86_64' };
  const columns = imageDefinitions(rocky).map((image) => linuximageColumns(image, packages));
  const common = {
    pkgdir: '/srv/rocky9.4/x86_64',
    otherpkgdir: '/srv/post/otherpkgs/rocky9.4/x86_64',
  };
  const rootimgdir = '/srv/netboot/rocky9.4/x86_64/compute';
  expect(columns).toEqual([
    common,
    common,
    common,
    { ...common, rootimgdir },
    { ...common, rootimgdir },
  ]);
  const definition = { imagename: 'x', profile: 'compute', provmethod: 'statelite' } as const;
  expect(osimageColumns(definition, rocky)).toEqual({
    profile: 'compute',
    imagetype: 'linux',
    provmethod: 'statelite',
    osname: 'Linux',
    osvers: 'rocky9.4',
    osarch: 'x86_64',
    osdistroname: 'rocky9.4-x86_64',
  });
});

test.for([
  ['rocky9.4', { basename: 'rocky', majorversion: '9', minorversion: '4' }],
  ['rhels7.3-computenode', { basename: 'rhels', majorversion: '7', minorversion: '3' }],
  ['centos-stream9', { basename: 'centos-stream', majorversion: '9' }],
  ['debian12.5.0', { basename: 'debian', majorversion: '12', minorversion: '5.0' }],
  ['pkvm', { basename: 'pkvm' }],
] as const)('the distribution %s', ([name, columns]) => {
  expect(osdistroColumns(of(name, 'redhat'), '/p')).toEqual({
    ...columns,
    arch: 'x86_64',
    type: 'Linux',
    dirpaths: '/p',
  });
});

test('what a row says stays', () => {
  const row = { pkglist: '/mine', exlist: null, postinstall: '' };
  const columns = { pkglist: '/a', exlist: '/b', postinstall: '/c', pkgdir: '/d' };
  expect(missingColumns(row, columns)).toEqual({ exlist: '/b', postinstall: '/c', pkgdir: '/d' });
  expect(missingColumns(undefined, columns)).toEqual(columns);
});
