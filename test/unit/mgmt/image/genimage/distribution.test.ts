import { expect, test } from 'vitest';
import {
  distributionOf,
  majorVersion,
  rpmDatabase,
} from '../../../../../mgmt/image/genimage/distribution.ts';

test.for([
  ['rhels5.3', 'dnf', 'rh', 'rhels', '5.3'],
  ['rhel9', 'dnf', 'rh', 'rhel', '9'],
  ['centos7.9', 'dnf', 'rh', 'centos', '7.9'],
  ['centos-stream9', 'dnf', 'rh', 'centos-stream', '9'],
  ['rocky9.4', 'dnf', 'rh', 'rocky', '9.4'],
  ['alma8', 'dnf', 'rh', 'alma', '8'],
  ['fedora40', 'dnf', 'rh', 'fedora', '40'],
  ['ol9.2', 'dnf', 'rh', 'ol', '9.2'],
  ['SL7.9', 'dnf', 'rh', 'SL', '7.9'],
  ['pkvm3.1', 'dnf', 'rh', 'pkvm', '3.1'],
  ['rhevh4', 'dnf', 'rh', 'rhevh', '4'],
  ['sles11.1', 'zypper', 'sles', 'sles', '11.1'],
  ['leap15.6', 'zypper', 'sles', 'leap', '15.6'],
  ['opensuse-leap15.5', 'zypper', 'sles', 'opensuse-leap', '15.5'],
  ['tumbleweed', 'zypper', 'sles', 'tumbleweed', ''],
  ['debian12.5', 'apt', 'debian', 'debian', '12.5'],
  ['ubuntu22.04.3', 'apt', 'ubuntu', 'ubuntu', '22.04.3'],
] as const)('%s is installed by %s', ([osvers, installer, platform, base, version]) => {
  expect(distributionOf(osvers)).toEqual({ installer, platform, base, version });
});

test.for(['beos5', 'plan9', 'debian99', 'ubuntu23', 'constructor', '9'])(
  '%s is refused',
  (osvers) => {
    expect(() => distributionOf(osvers)).toThrow(
      expect.objectContaining({ code: 'ERR_STATELITE_IMAGE' }),
    );
  },
);

test.for([
  ['rocky8.10', '/var/lib/rpm'],
  ['rocky9', '/var/lib/rpm'],
  ['rhels10', '/usr/lib/sysimage/rpm'],
  ['fedora35', '/var/lib/rpm'],
  ['fedora40', '/usr/lib/sysimage/rpm'],
  ['sles12.5', '/var/lib/rpm'],
  ['leap15.6', '/usr/lib/sysimage/rpm'],
  ['tumbleweed', '/usr/lib/sysimage/rpm'],
] as const)('rpm of %s looks in %s', ([osvers, path]) => {
  expect(rpmDatabase(distributionOf(osvers))).toBe(path);
});

test('a major version is a number, if there is one', () => {
  expect(majorVersion({ version: '15.6' })).toBe(15);
  expect(majorVersion({ version: '' })).toBeUndefined();
});
