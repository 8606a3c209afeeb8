import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { test } from '../../../helpers/mgmt-test.ts';

test('a node that is renamed leaves no boot files behind', async ({ mn }) => {
  const values = ['mac.mac=52:54:00:77:00:01', 'hosts.ip=10.77.0.11', 'noderes.netboot=pxe'];
  await mn.run('nodeadd', 'n4', 'groups=all', ...values);
  await mn.run('nodeset', 'n4', 'boot');
  const files = async () => readdir(join(mn.directory, 'tftpboot/pxelinux.cfg'));
  expect((await files()).toSorted()).toEqual(['01-52-54-00-77-00-01', '0A4D000B', 'n4']);
  const { code, err } = await mn.run('chdef', '-t', 'node', '-o', 'n4', '-n', 'x4');
  expect([code, err]).toEqual([0, '']);
  expect(await files()).toEqual([]);
});
