import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tables } from '../../../../mgmt/db/tables.ts';
import { type Mgmt, mgmt } from './management-node.ts';

const pathOf = { pxe: 'pxelinux.cfg/n2', grub2: 'boot/grub2/n2', xnba: 'xcat/xnba/nodes/n2' };
const loaders = ['pxe', 'grub2', 'xnba'] as const;

/** What was logged of addresses that two nodes have. */
function shared({ logged }: Mgmt): string[] {
  return logged.filter((line) => line.includes('is an address of'));
}

describe('a word that only one node has', () => {
  test.for([
    ['grub2', "a'b", "grub cannot hand on the word a'b"],
    ['petitboot', 'a\\b', 'petitboot cannot hand on the word a\\b'],
    ['xnba', 'a ${b}', 'iPXE cannot hand on the word ${b}'],
  ] as const)(
    'and %s cannot hand on keeps no other from its files',
    async ([netboot, text, why]) => {
      await using mn = await mgmt();
      await mn.store.upsert(tables.noderes, { node: 'n2', netboot });
      await mn.store.upsert(tables.bootparams, { node: 'n2', addkcmdline: text });
      const error = await mn.nodeset('n1,n2', 'osimage=compute');
      expect(error?.message).toBe('1 of 2 nodes were not set: n2');
      expect(mn.logged.join('')).toContain(`n2: ERR_STATELITE_BOOTFILE: ${why}`);
      expect(mn.printed).toEqual(['n1: statelite debian12-x86_64-compute']);
      expect(await mn.boot('xcat/xnba/nodes/n1')).toContain('NODE=n1');
      expect(await mn.store.select(tables.nodetype)).toMatchObject([{ node: 'n1' }]);
    },
  );
});

test.for([
  ['osvers', '../debian'],
  ['osarch', ''],
  ['profile', 'lite\nshell'],
  ['profile', '-x'],
] as const)('an image whose %s is %j is refused once for all nodes', async ([column, value]) => {
  await using mn = await mgmt();
  await mn.store.upsert(tables.osimage, { imagename: 'compute', [column]: value });
  const error = await mn.nodeset('n1,n2', 'osimage=compute');
  expect(error).toMatchObject({
    code: 'ERR_STATELITE_BOOTFILE',
    message:
      value === ''
        ? 'osimage compute needs osvers, osarch and profile'
        : `osimage compute has a ${column} that cannot be part of a boot file: ${JSON.stringify(value)}`,
  });
  expect([mn.printed, mn.logged]).toEqual([[], []]);
});

describe('nodeset offline', () => {
  test.for(loaders)('takes away the files of a %s node without a MAC address', async (netboot) => {
    await using mn = await mgmt();
    await mn.store.upsert(tables.noderes, { node: 'all', netboot });
    await mn.nodeset('n1,n2', 'osimage=compute');
    expect(await mn.boot(pathOf[netboot])).toContain('#statelite');
    await mn.store.remove(tables.mac, { node: 'n2' });
    expect((await mn.nodeset('n2', 'boot'))?.message).toContain('No MAC address');
    expect(await mn.nodeset('n2', 'offline')).toBeUndefined();
    await mn.nodeset('n2', 'stat');
    expect(mn.printed).toEqual(['n2: offline']);
    const left = readdirSync(join(mn.directory, 'tftpboot'), { recursive: true }).map(String);
    expect(left.filter((name) => name.includes('77-00-02'))).toEqual([]);
    expect(left.includes(pathOf[netboot])).toBe(netboot === 'pxe'); // whose file says offline
    const [row] = await mn.store.select(tables.chain, { node: 'n2' });
    expect(row?.currstate).toBe('offline');
  });

  test('of two nodes with one address takes both away', async () => {
    await using mn = await mgmt();
    await mn.nodeset('n1,n2', 'boot');
    await mn.store.upsert(tables.mac, { node: 'n2', mac: '52:54:00:77:00:01' });
    expect(await mn.nodeset('n1,n2', 'offline')).toBeUndefined();
    expect(shared(mn)).toEqual([]);
    for (const node of ['n1', 'n2']) {
      expect(existsSync(join(mn.directory, 'tftpboot/xcat/xnba/nodes', node))).toBe(false);
    }
  });
});

describe('an address of another node', () => {
  test.for([
    ['mac', { mac: '52-54-00-77-00-02!n1' }, '52:54:00:77:00:02'],
    ['hosts', { ip: '10.77.0.12' }, '10.77.0.12'],
  ] as const)('in the %s table is told when one of them is set', async ([table, row, address]) => {
    await using mn = await mgmt();
    await mn.store.upsert(tables[table], { node: 'n1', ...row });
    expect(await mn.nodeset('n1', 'boot')).toBeUndefined();
    const text = `${address} of n1 is an address of n2 too: who is set last boots`;
    expect(shared(mn)).toEqual([expect.stringContaining(text)]);
  });

  test('is no matter if that is a group, has been removed, or is set to nothing', async () => {
    await using mn = await mgmt();
    for (const node of ['all', 'gone']) {
      await mn.store.upsert(tables.mac, { node, mac: '52:54:00:77:00:01' });
    }
    expect(await mn.nodeset('n1', 'boot')).toBeUndefined();
    expect(shared(mn)).toEqual([]);
    await mn.store.upsert(tables.mac, { node: 'n2', mac: '52:54:00:77:00:01' });
    expect(await mn.nodeset('n1', 'offline')).toBeUndefined();
    expect(shared(mn)).toEqual([]);
  });
});

test("a node's own name that nobody knows is no server's: nothing is said", async () => {
  await using mn = await mgmt();
  await mn.store.upsert(tables.nodelist, { node: 'n4.invalid', groups: 'all' });
  await mn.store.upsert(tables.mac, { node: 'n4.invalid', mac: '52:54:00:77:00:04' });
  await mn.store.upsert(tables.noderes, { node: 'all', netboot: 'pxe' });
  expect(await mn.nodeset('n4.invalid', 'boot')).toBeUndefined();
  expect(mn.logged.filter((line) => line.includes('has no address'))).toEqual([]);
  await mn.store.upsert(tables.noderes, { node: 'all', nfsserver: 'n4.invalid' });
  await mn.nodeset('n4.invalid', 'osimage=compute');
  expect(mn.logged.filter((line) => line.includes('has no address'))).toHaveLength(1);
});

test('a name too long for a file beside its place is refused', async () => {
  await using mn = await mgmt();
  const node = 'n'.repeat(201);
  await mn.store.upsert(tables.nodelist, { node, groups: 'all' });
  expect((await mn.nodeset(node, 'offline'))?.message).toContain(
    'cannot be the name of a boot file',
  );
});
