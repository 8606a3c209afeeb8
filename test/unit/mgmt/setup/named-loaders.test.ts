import { expect, test } from 'vitest';
import { programs } from '../../../../mgmt/setup/boot-programs.ts';
import { loaderOfProgram, namedLoaders } from '../../../../mgmt/setup/named-loaders.ts';
import { clusterOf } from '../../../helpers/cluster.ts';

const node = (netboot: string, arch: string) =>
  clusterOf({
    nodelist: [{ node: 'n1' }],
    noderes: [{ node: 'n1', netboot }],
    nodetype: [{ node: 'n1', arch }],
  });

test('without nodes, what a node has without a word of it is needed; the rest is for others', () => {
  expect(namedLoaders(clusterOf({}))).toEqual({
    needed: ['xnba', 'pxe'],
    others: ['grub2-x86_64', 'grub2-aarch64', 'grub2-ppc64le', 'yaboot'],
  });
});

test.for([
  ['xnba', 'x86_64', []],
  ['grub2', 'x86_64', ['grub2-x86_64']],
  // Its firmware gets GRUB whatever the row says.
  ['xnba', 'aarch64', ['grub2-aarch64']],
  ['grub2', 'ppc64le', ['grub2-ppc64le']],
  ['yaboot', 'ppc64', ['yaboot']],
  ['nosuch', 'x86_64', []],
] as const)('a node with %s on %s needs %o besides', ([netboot, arch, more]) => {
  expect(namedLoaders(node(netboot, arch)).needed.slice(2)).toEqual(more);
});

test('every program of a loader file that DHCP names is known', () => {
  const files = Object.values(programs);
  const known = new Set(files.flatMap((file) => loaderOfProgram(file) ?? []));
  expect(files.filter((file) => loaderOfProgram(file) === undefined)).toEqual([]);
  expect([...known].toSorted()).toEqual(
    ['grub2-aarch64', 'grub2-ppc64le', 'grub2-x86_64', 'pxe', 'xnba', 'yaboot'].toSorted(),
  );
});
