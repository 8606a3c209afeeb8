import { describe, expect, test } from 'vitest';
import {
  derivedAttributes,
  distributionNamed,
  imageWords,
  osversOf,
} from '../../../../../mgmt/core/objects/derive.ts';
import { combineConditions } from '../../../../../mgmt/core/objects/dynamic-conditions.ts';
import { parseSelection } from '../../../../../mgmt/core/objects/selection.ts';
import { failure } from '../../../../helpers/rows.ts';

const words = { profile: 'compute', provmethod: 'statelite', osvers: 'debian12', osarch: 'x86_64' };

test('-u fills in what stock fills in', () => {
  const derived = derivedAttributes(words, { pkglist: '/i/compute.pkglist' }, '/install');
  expect(Object.fromEntries(derived)).toEqual({
    ...words,
    imagetype: 'linux',
    osname: 'Linux',
    osdistroname: 'debian12-x86_64',
    pkglist: '/i/compute.pkglist',
    pkgdir: '/install/debian12/x86_64',
    otherpkgdir: '/install/post/otherpkgs/debian12/x86_64',
    rootimgdir: '/install/netboot/debian12/x86_64/compute',
  });
});

test.for([
  [{ ...words, profile: undefined, provmethod: '' }, '-u needs profile and provmethod'],
  [{ ...words, profile: '../x' }, 'no plain word'],
  [{ ...words, provmethod: 'other' }, 'is not known'],
] as const)('%j is refused', ([given, message]) => {
  expect(() => imageWords(given)).toThrow(failure('ERR_STATELITE_USAGE', message));
});

describe('of copied distributions, an image is of', () => {
  const copied = [
    { osdistroname: 'rhels7-x86_64', arch: 'x86_64' },
    { osdistroname: 'rhels7.3-ppc64le', arch: 'ppc64le' },
    { osdistroname: 'centos-stream9-x86_64', arch: 'x86_64' },
    { osdistroname: 'sles15.5-x86_64', arch: 'x86_64' },
    { osdistroname: 'sles15.5-aarch64', arch: 'aarch64' },
    { osdistroname: 'mine', arch: 'x86_64' },
    { osdistroname: 'other-x86_64', arch: null },
  ];
  test.for([
    ['rhels7.3-custom-statelite', { osvers: 'rhels7.3', osarch: 'ppc64le' }],
    ['rhels7-custom', { osvers: 'rhels7', osarch: 'x86_64' }],
    ['rhels7', { osvers: 'rhels7', osarch: 'x86_64' }],
    ['centos-stream9-x', { osvers: 'centos-stream9', osarch: 'x86_64' }],
    ['sles15.5-aarch64-mine', { osvers: 'sles15.5', osarch: 'aarch64' }],
    ['sles15.5-mine', { osvers: 'sles15.5', osarch: undefined }],
    ['rhels7.4-custom', undefined],
    ['mine-x', undefined],
    ['other-x', undefined],
  ] as const)('%s: %j', ([image, found]) => {
    expect(distributionNamed(image, copied)).toEqual(found);
  });
});

describe('the system of this machine is called', () => {
  test.for([
    ['ID=debian\nVERSION_ID="12"\n', 'debian12'],
    ['VERSION_ID="9.4"\nPRETTY_NAME="x"\nID="rhel"\n', 'rhels9.4'],
    ['ID=debian\n', undefined],
  ] as const)('%j: %s', ([text, name]) => {
    expect(osversOf(text)).toBe(name);
  });
});

describe('a condition', () => {
  test.for([
    ['mgt==ipmi', 'ipmi', true],
    ['mgt!=ipmi', 'ipmi', false],
    ['os=~^debian', 'debian12', true],
    ['os=~/^sles/', 'debian12', false],
    ['os!~sles', 'debian12', true],
    ['os==', undefined, true],
  ] as const)('%s of %s: %s', ([text, value, holds]) => {
    expect(parseSelection(text).holds(value)).toBe(holds);
  });

  test.for(['mgt', 'mgt=ipmi', '==x', 'os=~(', ''])('%j is none', (text) => {
    expect(() => parseSelection(text)).toThrow(failure('ERR_STATELITE_USAGE'));
  });

  test('is added to a dynamic group, and taken away', () => {
    const given = ['mgt==ipmi', 'os=~sles'].map(parseSelection);
    expect(combineConditions('set', 'x==y', given)).toBe('mgt==ipmi::os=~sles');
    expect(combineConditions('add', 'x==y::mgt==ipmi', given)).toBe('x==y::mgt==ipmi::os=~sles');
    expect(combineConditions('remove', 'x==y::mgt==ipmi', given)).toBe('x==y');
  });
});
