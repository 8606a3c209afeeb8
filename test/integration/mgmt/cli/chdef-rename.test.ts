import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { test } from '../../../helpers/mgmt-test.ts';

test('a node that is renamed leaves no boot files behind, and is to be set again', async ({
  mn,
}) => {
  const values = ['mac.mac=52:54:00:77:00:01', 'hosts.ip=10.77.0.11', 'noderes.netboot=pxe'];
  await mn.run('nodeadd', 'n4', 'groups=all', ...values);
  await mn.run('nodeset', 'n4', 'boot');
  const files = async () => readdir(join(mn.directory, 'tftpboot/pxelinux.cfg'));
  expect((await files()).toSorted()).toEqual(['01-52-54-00-77-00-01', '0A4D000B', 'n4']);
  const { code, err } = await mn.run('chdef', '-t', 'node', '-o', 'n4', '-n', 'x4');
  expect(code).toBe(0);
  expect(err).toContain('x4 boots nothing yet, n4 did: nodeset x4 osimage');
  expect(await files()).toEqual([]);
});

test('one that booted nothing is renamed without a word', async ({ mn }) => {
  await mn.run('nodeadd', 'n4', 'groups=all');
  expect(await mn.run('chdef', '-t', 'node', '-o', 'n4', '-n', 'x4')).toMatchObject({
    code: 0,
    err: '',
  });
});
