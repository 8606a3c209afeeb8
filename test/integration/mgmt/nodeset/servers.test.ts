import { expect, test } from 'vitest';
import { tables } from '../../../../mgmt/db/tables.ts';
import { mgmt, wordsOf } from './management-node.ts';

const script = 'xcat/xnba/nodes/n1';

test('servers may have IPv6 addresses, with or without brackets', async () => {
  await using mn = await mgmt();
  await mn.store.upsert(tables.noderes, {
    node: 'n1',
    xcatmaster: 'fd00::1',
    nfsserver: '[fd00::2]',
  });
  await mn.store.upsert(tables.statelite, { node: 'n1', statemnt: '[fd00::3]:/state' });
  expect(await mn.nodeset('n1', 'osimage=compute')).toBeUndefined();
  expect(wordsOf(await mn.boot(script))).toMatchObject({
    root: { server: '[fd00::2]' },
    statemnt: { server: '[fd00::3]', directory: '/state' },
    xcat: { host: 'fd00::1' },
  });
  await mn.store.upsert(tables.noderes, { node: 'n1', netboot: 'grub2', tftpserver: '[fd00::4]' });
  expect(await mn.nodeset('n1', 'osimage=compute')).toBeUndefined();
  expect(await mn.boot('boot/grub2/n1')).toContain('set root=tftp,[fd00::4]\n');
});

test('a name that nobody knows here stays as it is, also with an underscore', async () => {
  await using mn = await mgmt();
  await mn.store.upsert(tables.noderes, { node: 'n1', nfsserver: 'nfs_1.invalid' });
  expect(await mn.nodeset('n1', 'osimage=compute')).toBeUndefined();
  expect(wordsOf(await mn.boot(script)).root).toMatchObject({ server: 'nfs_1.invalid' });
  expect(mn.logged.join('')).toContain('nfs_1.invalid has no address here');
});

test.for([
  ['nfsserver', 'a;reboot'],
  ['nfsserver', 'a b'],
  ['nfsserver', 'server:/directory'],
  ['xcatmaster', '$(reboot)'],
  ['xcatmaster', 'fe80::1%eth0'],
  ['tftpserver', 'a\nshell'],
  ['tftpserver', '{'],
  ['tftpserver', '-rf'],
] as const)('noderes.%s %j is refused with its row', async ([column, server]) => {
  await using mn = await mgmt();
  await mn.store.upsert(tables.noderes, { node: 'n1', netboot: 'grub2', [column]: server });
  const error = await mn.nodeset('n1', 'osimage=compute');
  expect(error).toMatchObject({
    code: 'ERR_STATELITE_BOOTFILE',
    message: expect.stringMatching(
      /^(?:noderes row node=n1: \w+|xcatmaster of n1) ".*" is neither an address nor a host name$/u,
    ),
  });
});

test('a persistent store on what is no server is refused', async () => {
  await using mn = await mgmt();
  await mn.store.upsert(tables.statelite, { node: 'n1', statemnt: 'a;b:/state' });
  expect((await mn.nodeset('n1', 'osimage=compute'))?.message).toContain(
    'statelite row node=n1: statemnt "a;b" is neither an address nor a host name',
  );
});
