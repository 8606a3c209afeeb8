import { expect, test } from 'vitest';
import { chooseDistribution } from '../../../../mgmt/media/choose-distribution.ts';
import type { Marks } from '../../../../mgmt/media/distribution.ts';

const rocky: Marks = { family: 'redhat', name: 'rocky9.4', arch: 'x86_64', disc: 'ALL' };
const unnamed: Marks = { ...rocky, name: undefined, disc: undefined };

test.for([
  [rocky, {}, { name: 'rocky9.4', arch: 'x86_64', disc: 'ALL' }],
  [rocky, { name: 'rocky9.4-site' }, { name: 'rocky9.4-site', arch: 'x86_64', disc: 'ALL' }],
  [rocky, { arch: 'amd64' }, { name: 'rocky9.4', arch: 'x86_64', disc: 'ALL' }],
  [unnamed, { name: 'rhels9.4' }, { name: 'rhels9.4', arch: 'x86_64', disc: '1' }],
  [{ ...rocky, arch: undefined }, { arch: 'ppc64le' }, { name: 'rocky9.4', arch: 'ppc64le' }],
  [
    undefined,
    { name: 'sles15.5', arch: 'x86_64' },
    { family: 'suse', name: 'sles15.5', disc: '1' },
  ],
] as const)('%j with %j', ([marks, asked, expected]) => {
  expect(chooseDistribution('/m.iso', marks, asked)).toMatchObject(expected);
});

test.for([
  ['centos7', 'redhat'],
  ['alma9', 'redhat'],
  ['rocky9', 'redhat'],
  ['fedora40', 'redhat'],
  ['SL6.4', 'redhat'],
  ['ol9', 'redhat'],
  ['pkvm2', 'redhat'],
  ['rhels9', 'redhat'],
  ['rhelhpc7', 'redhat'],
  ['sles12.3', 'suse'],
  ['sle15', 'suse'],
  ['leap15.6', 'suse'],
  ['debian12', 'debian'],
  ['ubuntu22.04', 'debian'],
] as const)('-n %s is of the family %s', ([name, family]) => {
  const asked = { name, arch: 'x86_64' };
  expect(chooseDistribution('/m.iso', undefined, asked)).toMatchObject({ family, name });
});

test.for([
  [undefined, {}, 'copycds could not identify the ISO supplied, you may wish to try -n <osver>'],
  [unnamed, {}, 'copycds could not identify the ISO supplied, you may wish to try -n <osver>'],
  [undefined, { name: 'rocky9' }, '/m.iso does not say its architecture'],
  [rocky, { arch: 'aarch64' }, 'Requested distribution architecture aarch64, but media is x86_64'],
  [rocky, { name: 'debian12' }, '/m.iso is not debian12: it looks like rocky9.4'],
  [unnamed, { name: 'sles15' }, '/m.iso is not sles15: it looks like a redhat medium'],
] as const)('%j with %j is refused', ([marks, asked, message]) => {
  expect(() => chooseDistribution('/m.iso', marks, asked)).toThrow(
    expect.objectContaining({ code: 'ERR_STATELITE_IMAGE', message }),
  );
});

test.for([
  { name: '../../etc' },
  { name: 'rocky9/x' },
  { name: 'windows11' },
  { name: '' },
  { arch: 'vax' },
  { arch: '..' },
])('%j is no word of a system', (asked) => {
  expect(() => chooseDistribution('/m.iso', rocky, asked)).toThrow(
    expect.objectContaining({ code: 'ERR_STATELITE_USAGE' }),
  );
});
