import { existsSync } from 'node:fs';
import { link, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tables } from '../../../../mgmt/db/tables.ts';
import { plantTree } from '../../../helpers/tree.ts';
import { mgmt } from './management-node.ts';

test('writes pxelinux files that are found by MAC and by address', async () => {
  await using mn = await mgmt();
  await mn.store.upsert(tables.noderes, { node: 'n1', netboot: 'pxe' });
  expect(await mn.nodeset('n1', 'osimage=compute')).toBeUndefined();
  const directory = join(mn.directory, 'tftpboot/pxelinux.cfg');
  expect(await readlink(join(directory, '01-52-54-00-77-00-01'))).toBe('n1');
  expect(await readlink(join(directory, '0A4D000B'))).toBe('n1');
  expect(await mn.boot('pxelinux.cfg/0A4D000B')).toContain(' KERNEL xcat/osimage/compute/kernel\n');
});

test('takes away what another loader or an old address would find', async () => {
  await using mn = await mgmt();
  plantTree(join(mn.directory, 'tftpboot'), {
    'xcat/xnba/nodes/n1.uefi': 'from stock',
    'pxelinux.cfg/default': 'of the site',
    'pxelinux.cfg/0A4D0063': { link: 'n2' },
  });
  await mn.store.upsert(tables.noderes, { node: 'n1', netboot: 'pxe' });
  await mn.nodeset('n1', 'osimage=compute');
  await mn.store.upsert(tables.hosts, { node: 'n1', ip: '10.77.0.50' });
  await mn.nodeset('n1', 'osimage=compute');
  expect((await readdir(join(mn.directory, 'tftpboot/pxelinux.cfg'))).toSorted()).toEqual([
    '01-52-54-00-77-00-01',
    '0A4D0032',
    '0A4D0063',
    'default',
    'n1',
  ]);
  expect(await readdir(join(mn.directory, 'tftpboot/xcat/xnba/nodes'))).toEqual([]);
  await mn.store.upsert(tables.noderes, { node: 'n1', netboot: 'xnba' });
  await mn.nodeset('n1', 'osimage=compute');
  expect((await readdir(join(mn.directory, 'tftpboot/pxelinux.cfg'))).toSorted()).toEqual([
    '0A4D0063',
    'default',
  ]);
});

test('writes what each loader asks for, and takes it away when another one is to boot', async () => {
  await using mn = await mgmt();
  await mn.store.upsert(tables.nodetype, { node: 'n1', arch: 'x86_64' });
  const tftpdir = join(mn.directory, 'tftpboot');
  plantTree(tftpdir, { 'boot/grub2/grub2.x86_64': 'grub', yaboot: 'y', 'snponly.efi': 'i' });
  const ofNode = async () =>
    (await readdir(tftpdir, { recursive: true }))
      .filter((path) => /(?:\bn1$|0A4D000B|0a4d000b|52-54-00-77-00-01)/u.test(path))
      .toSorted();
  const expected = {
    grub2: ['boot/grub2/grub.cfg-01-52-54-00-77-00-01', 'boot/grub2/grub.cfg-0A4D000B'].concat(
      'boot/grub2/grub2-n1',
      'boot/grub2/n1',
    ),
    yaboot: ['etc/0a4d000b', 'etc/n1', 'yaboot.conf-52-54-00-77-00-01'],
    petitboot: ['0A4D000B', 'petitboot/n1'],
    xnba: ['xcat/xnba/nodes/n1'],
  };
  for (const [netboot, paths] of Object.entries(expected)) {
    await mn.store.upsert(tables.noderes, { node: 'n1', netboot });
    expect(await mn.nodeset('n1', 'osimage=compute')).toBeUndefined();
    expect(await ofNode()).toEqual(paths);
    for (const path of paths) {
      const text = await mn.boot(path);
      expect(text === 'grub' || text.includes('#statelite debian12-x86_64-compute\n')).toBe(true);
    }
  }
});

test("takes away the hard links that stock's nodeset made, and no other node's", async () => {
  await using mn = await mgmt();
  const tftpdir = join(mn.directory, 'tftpboot');
  plantTree(tftpdir, { 'boot/grub2/n1': '#boot', 'boot/grub2/n2': '#boot', 'etc/n1': '#boot' });
  const grub = join(tftpdir, 'boot/grub2');
  await link(join(grub, 'n1'), join(grub, 'grub.cfg-0A4D0063'));
  await link(join(grub, 'n2'), join(grub, 'grub.cfg-0A4D0064'));
  await link(join(tftpdir, 'etc/n1'), join(tftpdir, 'yaboot.conf-52-54-00-77-00-99'));
  await mn.store.upsert(tables.noderes, { node: 'all', netboot: 'grub2' });
  expect(await mn.nodeset('n1', 'osimage=compute')).toBeUndefined();
  expect((await readdir(grub)).filter((name) => name.startsWith('grub.cfg')).toSorted()).toEqual([
    'grub.cfg-01-52-54-00-77-00-01',
    'grub.cfg-0A4D000B',
    'grub.cfg-0A4D0064',
  ]);
  expect(existsSync(join(tftpdir, 'yaboot.conf-52-54-00-77-00-99'))).toBe(false);
});
