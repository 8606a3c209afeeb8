import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { plantTree } from '../../../helpers/tree.ts';

/** A command that has to succeed; what it says on stderr. */
async function done(mn: Management, ...argv: string[]): Promise<string> {
  const { code, err } = await mn.run(...argv);
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${err}`);
  return err;
}

async function add(mn: Management, loader: string): Promise<void> {
  const values = ['mac.mac=52:54:00:77:00:01', 'hosts.ip=10.77.0.11', `noderes.netboot=${loader}`];
  await done(mn, 'nodeadd', 'n4', 'groups=all', ...values);
}

const rename = async (mn: Management) => done(mn, 'chdef', '-t', 'node', '-o', 'n4', '-n', 'x4');

/** Two images with the same files, so that boot files do not tell them from each other. */
async function addImages(mn: Management): Promise<void> {
  await done(mn, 'chtab', 'key=master', 'site.value=10.77.0.1');
  const words = ['osvers=debian12', 'osarch=x86_64', 'profile=compute', 'provmethod=statelite'];
  for (const name of ['aaa', 'lite']) {
    await done(mn, 'chtab', `imagename=${name}`, ...words.map((word) => `osimage.${word}`));
  }
  plantTree(join(mn.directory, 'install/netboot/debian12/x86_64/compute'), {
    kernel: 'kernel',
    'initrd-statelite.gz': 'initramfs',
    'rootimg/etc/motd': '',
  });
}

test('a node that is renamed leaves no boot files behind, and is to be set again', async ({
  mn,
}) => {
  await add(mn, 'pxe');
  await done(mn, 'nodeset', 'n4', 'boot');
  const files = async () => readdir(join(mn.directory, 'tftpboot/pxelinux.cfg'));
  expect((await files()).toSorted()).toEqual(['01-52-54-00-77-00-01', '0A4D000B', 'n4']);
  expect(await rename(mn)).toContain('x4 boots nothing yet, n4 did: nodeset x4 boot\n');
  expect(await files()).toEqual([]);
});

test.for([
  ['osimage=lite', 'osimage=lite'],
  ['shell', 'shell'],
  ['boot', 'boot'],
] as const)('what was set with %s is to be set with %s', async ([action, again], { mn }) => {
  await addImages(mn);
  await add(mn, 'xnba');
  await done(mn, 'nodech', 'n4', 'nodetype.provmethod=lite');
  await done(mn, 'nodeset', 'n4', action);
  const said = await rename(mn);
  expect(said).toContain(`x4 boots nothing yet, n4 did: nodeset x4 ${again}\n`);
  await done(mn, 'nodeset', 'x4', again);
});

test('of an image that the tables do not have any more the image is not named', async ({ mn }) => {
  await addImages(mn);
  await add(mn, 'xnba');
  await done(mn, 'nodeset', 'n4', 'osimage=lite');
  await done(mn, 'chtab', '-d', 'osvers=debian12', 'osimage');
  expect(await rename(mn)).toContain(': nodeset x4 osimage\n');
});

test('one that is offline is renamed without a word, though pxelinux has a file for that', async ({
  mn,
}) => {
  await add(mn, 'pxe');
  await done(mn, 'nodeset', 'n4', 'offline');
  const files = join(mn.directory, 'tftpboot/pxelinux.cfg');
  expect(await readdir(files)).not.toEqual([]);
  expect(await rename(mn)).toBe('');
  expect(await readdir(files)).toEqual([]);
});

test('one that booted nothing is renamed without a word', async ({ mn }) => {
  await done(mn, 'nodeadd', 'n4', 'groups=all');
  expect(await rename(mn)).toBe('');
});

test('what stands in the place of its boot file is named', async ({ mn }) => {
  await add(mn, 'xnba');
  plantTree(join(mn.directory, 'tftpboot/xcat/xnba/nodes'), { 'n4/x': '' });
  expect(await rename(mn)).toMatch(/what n4 was set to is not known: .*xnba\/nodes\/n4/u);
});
