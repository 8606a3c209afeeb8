import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { tables } from '../../../../mgmt/db/tables.ts';
import { plantTree } from '../../../helpers/tree.ts';
import { type Mgmt, mgmt } from './management-node.ts';

const program = join(import.meta.dirname, '../../../../mgmt/main.ts');

/** What `nodeset` of the program says where `mount` was done with tftpdir as $1. */
async function nodesetOn(mn: Mgmt, mount: string, ...words: string[]): Promise<string> {
  const tftpdir = join(mn.directory, 'tftpboot');
  mkdirSync(tftpdir, { recursive: true });
  const settings = ['etc', 'state', 'tftpdir'].flatMap((name) => [
    `--${name}`,
    name === 'tftpdir' ? tftpdir : join(mn.directory, name),
  ]);
  const within = [
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-euc',
    `${mount}; shift; exec "$@"`,
  ];
  const argv = [...within, 'sh', tftpdir, process.execPath, '--no-warnings', program, 'nodeset'];
  const install = ['--installdir', join(mn.directory, 'install')];
  try {
    await promisify(execFile)('unshare', [...argv, ...words, ...settings, ...install]);
    return '';
  } catch (error) {
    if (error instanceof Error && 'stderr' in error) return String(error.stderr);
    throw error;
  }
}

/** Image and state of each node, as the tables have them. */
async function known({ store }: Mgmt) {
  const images = (await store.select(tables.nodetype)).map(({ node, provmethod }) => [
    node,
    provmethod,
  ]);
  const states = (await store.select(tables.chain)).map(({ node, currstate }) => [node, currstate]);
  return { images, states };
}

const readonly = 'mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"';
const noStack = /^\s+at /mu;

describe('nodeset where it cannot write', () => {
  test('on a read-only file system says so, and leaves tables and files together', async () => {
    await using mn = await mgmt();
    await mn.nodeset('n1', 'osimage=compute');
    await mn.store.upsert(tables.osimage, { imagename: 'compute', profile: 'other' });
    const image = join(mn.directory, 'install/netboot/debian12/x86_64/other');
    plantTree(image, { kernel: 'kernel', 'initrd-statelite.gz': 'initramfs' });
    const before = [await known(mn), await mn.boot('xcat/xnba/nodes/n1')];
    const said = await nodesetOn(mn, readonly, 'n1', 'osimage=compute');
    const path = join(mn.directory, 'tftpboot/xcat/xnba/nodes/n1');
    expect(said).toContain(`cannot write ${path}: the file system is read-only`);
    expect(said).toContain('hint: mount it writable');
    expect(said).not.toMatch(noStack);
    expect([await known(mn), await mn.boot('xcat/xnba/nodes/n1')]).toEqual(before);
  });

  test.for([
    ['boot files', '4k', ['--noupdateinitrd'], 'tftpboot'],
    ['a kernel', '8k', [], 'tftpboot/xcat/osimage/compute/kernel'],
  ] as const)('on a full disk says so, for %s', async ([, size, words, path]) => {
    await using mn = await mgmt();
    await mn.store.upsert(tables.noderes, { node: 'all', netboot: 'petitboot' }); // has no loader
    const image = join(mn.directory, 'install/netboot/debian12/x86_64/compute');
    writeFileSync(join(image, 'kernel'), Buffer.alloc(65_536));
    const small = `mount -t tmpfs -o size=${size} tmpfs "$1"`;
    const said = await nodesetOn(mn, small, 'n1,n2', 'osimage=compute', ...words);
    expect(said).toContain(`cannot write ${join(mn.directory, path)}: no space is left`);
    expect(said).toContain('hint: make room there: df -h');
    expect(said).not.toMatch(noStack);
    expect(await known(mn)).toEqual({ images: [], states: [] });
  });

  test('a file where the directory of an image goes is named once for its nodes', async () => {
    await using mn = await mgmt();
    plantTree(mn.directory, { 'tftpboot/xcat/osimage/compute': { link: 'nowhere' } });
    await mn.nodeset('n1,n2', 'osimage=compute');
    const path = join(mn.directory, 'tftpboot/xcat/osimage/compute');
    expect(mn.logged.join('\n')).toContain(
      `n1,n2: ERR_STATELITE_BOOTFILE: cannot write ${path}: it is gone, or a symlink that leads nowhere`,
    );
  });
});

test('what a copy of a kernel that was killed has left goes, but not what may be at work', async () => {
  await using mn = await mgmt();
  const directory = join(mn.directory, 'tftpboot/xcat/osimage/compute');
  const [old, young] = ['.kernel.77-1.new', '.kernel.78-1.new'];
  plantTree(directory, { [old]: 'half', [young]: 'half', '.mine': '' });
  utimesSync(join(directory, old), 1e9, 1e9);
  await mn.nodeset('n1', 'osimage=compute');
  expect(readdirSync(directory).toSorted()).toEqual(
    [young, '.mine', 'initrd-statelite.gz', 'kernel'].toSorted(),
  );
});

test('image and state of nodes are one change of the tables', async () => {
  await using mn = await mgmt();
  await mn.nodeset('n1,n2', 'osimage=compute');
  const history = await mn.store.history();
  const changed = history.filter(({ table }) => ['nodetype', 'chain'].includes(table));
  expect(changed).toHaveLength(4);
  expect(new Set(changed.map(({ change }) => change)).size).toBe(1);
});

describe('a directory where a boot file of a node goes', () => {
  test('is the trouble of that node alone, whose files and rows stay', async () => {
    await using mn = await mgmt();
    await mn.store.upsert(tables.noderes, { node: 'all', netboot: 'petitboot' });
    await mn.nodeset('n1,n2', 'boot');
    await mn.store.upsert(tables.hosts, { node: 'n1', ip: '10.77.0.15' });
    const tftpdir = join(mn.directory, 'tftpboot');
    plantTree(tftpdir, { '0A4D000F/x': '' });
    const error = await mn.nodeset('n1,n2', 'osimage=compute');
    expect(error?.message).toBe('1 of 2 nodes were not set: n1');
    expect(mn.logged.join('')).toContain(
      `n1: ERR_STATELITE_BOOTFILE: cannot write ${tftpdir}/0A4D000F: a directory stands there`,
    );
    expect(mn.printed).toEqual(['n2: statelite debian12-x86_64-compute']);
    expect(await mn.boot('0A4D000B')).toBe('#boot\n');
    expect(await mn.boot('0A4D000C')).toContain('#statelite');
    expect(await known(mn)).toEqual({
      images: [['n2', 'compute']],
      states: [
        ['n1', 'boot'],
        ['n2', 'statelite debian12-x86_64-compute'],
      ],
    });
  });

  test('does not matter for a loader that the node does not have', async () => {
    await using mn = await mgmt();
    const others = { 'petitboot/n1': { dir: 0o755 }, etc: 'a file', 'pxelinux.cfg': { link: 'x' } };
    plantTree(join(mn.directory, 'tftpboot'), others);
    expect(await mn.nodeset('n1', 'osimage=compute')).toBeUndefined();
    expect(readdirSync(join(mn.directory, 'tftpboot/petitboot'))).toEqual(['n1']);
    expect(await mn.boot('etc')).toBe('a file');
  });
});
