import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installCommand } from '../../../../mgmt/bootfiles/install-command.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';

const ipxe = { deb: ['ipxe'], rpm: ['ipxe-bootimgs-x86'] };

test.for([
  [['apt-get'], 'apt-get install ipxe'],
  [['dnf'], 'dnf install ipxe-bootimgs-x86'],
  [['apt-get', 'dnf'], 'apt-get install ipxe'],
  [[], 'apt-get install ipxe'],
] as const)('a machine with the tools %s is told what to type there', async ([tools, command]) => {
  await using root = await tempRoot();
  plantTree(root.path, Object.fromEntries(tools.map((tool) => [join('usr/bin', tool), ''])));
  expect(await installCommand(ipxe, root.path)).toBe(command);
});
