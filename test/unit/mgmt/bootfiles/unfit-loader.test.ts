import { expect, test } from 'vitest';
import type { SettableNode } from '../../../../mgmt/bootfiles/plan.ts';
import { unfitLoaders } from '../../../../mgmt/bootfiles/unfit-loader.ts';

/** A node that boots an image of an architecture. */
function planned(node: string, loader: SettableNode['loader'], arch: string) {
  const image = { state: 's', image: `on-${arch}`, arch, kernelArguments: [] };
  const state = { ...image, server: '10.0.0.1', httpPort: 80 };
  return { node, loader, state };
}

test('nodes whose firmware hardly starts their loader are named together, in the words of stock', () => {
  const nodes = [
    planned('n1', 'petitboot', 'x86_64'),
    planned('n2', 'xnba', 'x86_64'),
    planned('n3', 'petitboot', 'x86_64'),
    planned('n4', 'pxe', 'ppc64le'),
  ];
  const more = `For more details see the 'netboot' description in the output of "tabdump -d noderes".`;
  expect(unfitLoaders(nodes)).toEqual([
    `n1,n3: petitboot might be invalid when provisioning on-x86_64,valid options: "xnba,pxe,grub2". \n${more}`,
    `n4: pxe might be invalid when provisioning on-ppc64le,valid options: "grub2,petitboot". \n${more}`,
  ]);
});

test.for([
  ['grub2-http', 'x86_64'],
  ['grub2', 'aarch64'],
  ['petitboot', 'ppc64le'],
  ['yaboot', 'ppc64'],
  ['yaboot', 'riscv64'],
] as const)('%s on %s is as it should be, or not known', ([loader, arch]) => {
  expect(unfitLoaders([planned('n1', loader, arch)])).toEqual([]);
});

test('many nodes are named in few words', () => {
  const nodes = Array.from({ length: 2500 }, (_, index) =>
    planned(`cn${String(index + 1).padStart(4, '0')}`, 'yaboot', 'x86_64'),
  );
  expect(unfitLoaders(nodes)).toEqual([expect.stringMatching(/^cn\[0001-2500\]: yaboot might/u)]);
});

test('a node that boots from its disk has its loader there', () => {
  expect(unfitLoaders([{ ...planned('n1', 'yaboot', 'x86_64'), state: 'boot' }])).toEqual([]);
});
