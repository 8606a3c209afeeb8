import { existsSync } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAction } from '../../../../mgmt/cli/nodeset.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { plantTree } from '../../../helpers/tree.ts';
import { mgmt, wordsOf } from './management-node.ts';

describe('nodeset osimage=', () => {
  test("writes an iPXE script, the kernel and initramfs, and the node's image", async () => {
    await using mn = await mgmt();
    expect(await mn.nodeset('n1', 'osimage=compute')).toBeUndefined();
    expect(mn.printed).toEqual(['n1: statelite debian12-x86_64-compute']);
    expect(wordsOf(await mn.boot('xcat/xnba/nodes/n1'))).toMatchObject({
      node: 'n1',
      root: {
        server: '10.77.0.1',
        directory: `${mn.directory}/install/netboot/debian12/x86_64/compute/rootimg`,
      },
      statemnt: { server: '10.77.0.9', directory: '/state/compute' },
      xcat: { host: '10.77.0.1', port: 3001 },
      bootif: '52:54:00:77:00:01',
    });
    expect(await mn.boot('xcat/osimage/compute/kernel')).toBe('kernel');
    expect(await mn.boot('xcat/osimage/compute/initrd-statelite.gz')).toBe('initramfs');
    expect(await mn.store.select(tables.nodetype)).toMatchObject([
      { node: 'n1', provmethod: 'compute', os: 'debian12', arch: 'x86_64', profile: 'compute' },
    ]);
  });

  test('lets nodes of a RAM-disk image fetch what it is packed in, once it is packed', async () => {
    await using mn = await mgmt();
    const ramdisk = { imagename: 'compute', rootfstype: 'ramdisk' };
    await mn.store.transaction(async (tx) => tx.upsert(tables.osimage, ramdisk));
    expect((await mn.nodeset('n1', 'osimage=compute'))?.message).toContain('run "liteimg"');
    const image = join(mn.directory, 'install/netboot/debian12/x86_64/compute');
    plantTree(image, { 'rootimg-statelite.sfs': '' });
    expect(await mn.nodeset('n1', 'osimage=compute')).toBeUndefined();
    const { root } = wordsOf(await mn.boot('xcat/xnba/nodes/n1'));
    expect(root).toMatchObject({ url: `http://10.77.0.1/${image}/rootimg-statelite.sfs` });
  });

  test('sets the nodes it can, and fails naming the one it cannot', async () => {
    await using mn = await mgmt();
    const error = await mn.nodeset('all', 'osimage=compute');
    expect(error?.message).toBe('1 of 3 nodes were not set: n3');
    expect(mn.printed).toHaveLength(2);
    expect(mn.logged.join('')).toContain('n3: ERR_STATELITE_BOOTFILE: No MAC address available');
    expect(await readdir(join(mn.directory, 'tftpboot/xcat/xnba/nodes'))).toEqual(['n1', 'n2']);
    expect(await mn.store.select(tables.nodetype, { node: 'n3' })).toEqual([]);
  });

  test('writes what lsdef shows as currstate', async () => {
    await using mn = await mgmt();
    await mn.nodeset('n1,n2', 'osimage=compute');
    await mn.nodeset('n2', 'boot');
    const states = (await mn.store.select(tables.chain)).map(({ node, currstate }) => [
      node,
      currstate,
    ]);
    expect(states).toEqual([
      ['n1', 'statelite debian12-x86_64-compute'],
      ['n2', 'boot'],
    ]);
  });

  test('takes nodes from a file', async () => {
    await using mn = await mgmt();
    await writeFile(join(mn.directory, 'nodes'), 'n2\nn1\n');
    expect(await mn.nodeset('^nodes,-n1', 'osimage=compute')).toBeUndefined();
    expect(mn.printed).toEqual(['n2: statelite debian12-x86_64-compute']);
  });

  test('has commands of locations run, with the values that nodes are being given', async () => {
    await using mn = await mgmt();
    const statemnt = '10.77.0.9:/state/#CMD=echo of-$nodetype.profile#';
    await mn.store.upsert(tables.statelite, { node: 'all', statemnt });
    const refused = await mn.nodeset('n1', 'osimage=compute');
    expect(refused?.message).toContain('statelite table: statemnt: #CMD= is not switched on');
    await mn.store.upsert(tables.site, { key: 'statelitecmd', value: 'yes' });
    expect(await mn.nodeset('n1', 'osimage=compute')).toBeUndefined();
    expect(wordsOf(await mn.boot('xcat/xnba/nodes/n1'))).toMatchObject({
      statemnt: { server: '10.77.0.9', directory: '/state/of-compute' },
    });
  });

  test("a value that cannot be made from one node's name keeps no other from its boot files", async () => {
    await using mn = await mgmt();
    await mn.store.upsert(tables.noderes, { node: 'all', installnic: '|n([13])|eth($1)|' });
    const error = await mn.nodeset('n1,n2', 'osimage=compute');
    expect(error?.message).toBe('1 of 2 nodes were not set: n2');
    expect(mn.logged.join('')).toContain(
      'noderes row node=all: installnic |n([13])|eth($1)| for n2',
    );
    expect(await mn.boot('xcat/xnba/nodes/n1')).toContain('netdev=eth1');
  });

  test('again changes no file, but a new initramfs is copied', async () => {
    await using mn = await mgmt();
    const files = [
      'xcat/xnba/nodes/n1',
      'xcat/osimage/compute/kernel',
      'xcat/osimage/compute/initrd-statelite.gz',
    ];
    const inodes = () =>
      Promise.all(
        files.map(async (file) => (await stat(join(mn.directory, 'tftpboot', file))).ino),
      );
    await mn.nodeset('n1', 'osimage=compute');
    const before = await inodes();
    await mn.nodeset('n1', 'osimage=compute');
    expect(await inodes()).toEqual(before);
    const image = join(mn.directory, 'install/netboot/debian12/x86_64/compute');
    await writeFile(join(image, 'initrd-statelite.gz'), 'anotherfs');
    await mn.nodeset('n1', 'osimage=compute', '--noupdateinitrd');
    expect(await inodes()).toEqual(before);
    await mn.nodeset('n1', 'osimage=compute');
    expect(await mn.boot('xcat/osimage/compute/initrd-statelite.gz')).toBe('anotherfs');
  });

  test('without a name, and the words of 2010, mean the image that nodetype names', async () => {
    await using mn = await mgmt();
    expect((await mn.nodeset('n1', 'osimage'))?.message).toBe('n1 has no image');
    await mn.nodeset('n1', 'statelite=compute');
    for (const word of ['osimage', 'statelite']) {
      expect(await mn.nodeset('n1', word)).toBeUndefined();
      expect(mn.printed).toEqual(['n1: statelite debian12-x86_64-compute']);
    }
  });
});

describe('nodeset refuses', () => {
  test('an image that is not there', async () => {
    await using mn = await mgmt();
    expect(await mn.nodeset('all', 'osimage=comput')).toMatchObject({
      code: 'ERR_STATELITE_NOT_FOUND',
      message: 'Cannot find the OS image comput in the osimage table.',
    });
  });

  test('an image that was not built, for each of its nodes', async () => {
    await using mn = await mgmt();
    await mn.store.upsert(tables.osimage, {
      imagename: 'empty',
      profile: 'empty',
      osvers: 'debian12',
      osarch: 'x86_64',
    });
    const error = await mn.nodeset('n1,n2', 'osimage=empty');
    expect(error?.message).toBe('2 of 2 nodes were not set: n1, n2');
    expect(mn.logged.join('')).toContain(
      'n1,n2: ERR_STATELITE_IMAGE: Did you run "genimage" before running "liteimg"? kernel cannot be found',
    );
    expect(existsSync(join(mn.directory, 'tftpboot/xcat/xnba'))).toBe(false);
  });

  test('persistent rows without a persistent store', async () => {
    await using mn = await mgmt();
    await mn.store.remove(tables.statelite, { node: 'all' });
    expect(await mn.nodeset('n1', 'osimage=compute')).toMatchObject({
      code: 'ERR_STATELITE_TABLE',
      message: '/var/log/ is persistent, but n1 has no persistent store',
    });
  });

  test('values that would become other words, naming row and column', async () => {
    await using mn = await mgmt();
    await mn.store.upsert(tables.noderes, { node: 'all', installnic: 'eth0 shell' });
    const error = await mn.nodeset('n1', 'osimage=compute');
    expect(error?.message).toBe(
      'noderes row node=all: installnic "eth0 shell" holds a blank or a quote',
    );
  });

  test('a persistent store without a server', async () => {
    await using mn = await mgmt();
    await mn.store.upsert(tables.statelite, { node: 'n1', statemnt: '/state' });
    expect((await mn.nodeset('n1', 'osimage=compute'))?.message).toContain(
      'statelite row node=n1: statemnt is "/state" for n1, which names no server',
    );
  });

  test('a name that its loader takes for another file', async () => {
    await using mn = await mgmt();
    await mn.store.upsert(tables.nodelist, { node: 'default', groups: '' });
    await mn.store.upsert(tables.mac, { node: 'default', mac: '52:54:00:77:00:09' });
    await mn.store.upsert(tables.noderes, { node: 'default', netboot: 'pxe' });
    expect(await mn.nodeset('default', 'boot')).toMatchObject({
      code: 'ERR_STATELITE_BOOTFILE',
      message: 'pxe asks for another file by the name of the node default',
    });
  });

  test('two nodes with one address', async () => {
    await using mn = await mgmt();
    await mn.store.upsert(tables.mac, { node: 'n2', mac: '52:54:00:77:00:01' });
    await mn.nodeset('n1,n2', 'osimage=compute');
    expect(mn.logged.join('')).toContain('52:54:00:77:00:01 of n2 is an address of n1 too');
  });

  test.for(['install', 'osimage=', 'boot=x', 'shell=1', 'stat=1', 'statelite=', ''])(
    'the word %j',
    (word) => {
      expect(() => parseAction(word)).toThrow(
        expect.objectContaining({
          code: 'ERR_STATELITE_USAGE',
          message: `Invalid argument: ${word}`,
        }),
      );
    },
  );
});

const loaders = ['xnba', 'pxe', 'grub2', 'grub2-tftp', 'grub2-http', 'yaboot', 'petitboot'];

describe('nodeset shell', () => {
  test('boots the image of the node with the word that the agent stops for', async () => {
    await using mn = await mgmt();
    expect((await mn.nodeset('n1', 'shell'))?.message).toBe('n1 has no image');
    await mn.nodeset('n1', 'osimage=compute');
    expect(wordsOf(await mn.boot('xcat/xnba/nodes/n1')).shell).toBe(false);
    expect(await mn.nodeset('n1', 'shell')).toBeUndefined();
    expect(wordsOf(await mn.boot('xcat/xnba/nodes/n1'))).toMatchObject({ node: 'n1', shell: true });
    const [row] = await mn.store.select(tables.chain, { node: 'n1' });
    expect(row?.currstate).toBe('shell');
  });
});

describe('nodeset shell, boot, offline and stat', () => {
  test.for(loaders)('set and show the state of %s nodes', async (netboot) => {
    await using mn = await mgmt();
    await mn.store.upsert(tables.noderes, { node: 'all', netboot });
    const shown = async () => {
      await mn.nodeset('n1', 'stat');
      return mn.printed;
    };
    expect(await shown()).toEqual(['n1: offline']);
    for (const [word, state] of [
      ['osimage=compute', 'statelite debian12-x86_64-compute'],
      ['shell', 'shell'],
      ['boot', 'boot'],
      ['offline', 'offline'],
    ] as const) {
      expect(await mn.nodeset('n1', word)).toBeUndefined();
      expect(await shown()).toEqual([`n1: ${state}`]);
    }
    const [row] = await mn.store.select(tables.nodetype, { node: 'n1' });
    expect(row?.provmethod).toBe('compute'); // QUIRK-62: boot does not forget the image
  });
});

describe('trees that the agent would refuse (semantics 1.7)', () => {
  test.for([
    ['a directory of the image that a listed path is in', '/var', 'ERR_STATELITE_TABLE', 'overlap'],
    ['one that a link leads to', '/alias', 'ERR_STATELITE_TABLE', 'overlap'],
    ['a variable without a value', 'mn:/t/$nodehm.serialport', 'ERR_STATELITE_VARIABLE', 'n1'],
  ] as const)('%s is refused by nodeset', async ([, directory, code, named]) => {
    await using mn = await mgmt();
    const root = join(mn.directory, 'install/netboot/debian12/x86_64/compute/rootimg');
    plantTree(root, { '/alias': { link: 'var/log/x' }, '/var/log/x/y': '' });
    await mn.store.upsert(tables.litetree, { priority: '1', image: 'ALL', directory });
    expect(await mn.nodeset('n1', 'osimage=compute')).toMatchObject({
      code,
      message: expect.stringContaining(named),
    });
    expect(existsSync(join(mn.directory, 'tftpboot/xcat/xnba/nodes/n1'))).toBe(false);
  });

  test('a directory of its own in the image is accepted', async () => {
    await using mn = await mgmt();
    const row = { priority: '1', image: 'ALL', directory: '/srv/lite' };
    await mn.store.upsert(tables.litetree, row);
    expect(await mn.nodeset('n1', 'osimage=compute')).toBeUndefined();
  });
});
