import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import { type FakePrograms, fakePrograms } from '../../../helpers/fake-programs.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { plantTree } from '../../../helpers/tree.ts';

/** Two nodes with a built image, and n3 that no boot file can be written for: it has no MAC. */
async function lab(mn: Management): Promise<FakePrograms> {
  const programs = await fakePrograms(join(mn.directory, 'bin'));
  await programs.make('ipmitool', 'echo Chassis Power is off');
  vi.stubEnv('PATH', `${programs.directory}:${process.env['PATH']}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const image = join(mn.directory, 'install/netboot/debian12/x86_64/compute');
  await mkdir(image, { recursive: true });
  plantTree(image, { kernel: 'kernel', 'initrd-statelite.gz': 'initramfs', 'rootimg/etc/x': '' });
  await mn.run('chtab', 'key=master', 'site.value=10.77.0.1');
  await mn.run(
    'mkdef',
    '-t',
    'osimage',
    '-o',
    'compute',
    'imagetype=linux',
    'provmethod=statelite',
    'osvers=debian12',
    'osarch=x86_64',
    'profile=compute',
    `rootimgdir=${image}`,
  );
  await mn.run('nodeadd', 'n1,n2,n3', 'groups=all', 'mgt=ipmi');
  await mn.run('chtab', 'node=all', 'ipmi.bmc=|n($1)-bmc|');
  await mn.run('chtab', 'node=n1', 'mac.mac=52:54:00:00:00:01', 'hosts.ip=10.77.0.11');
  await mn.run('chtab', 'node=n2', 'mac.mac=52:54:00:00:00:02', 'hosts.ip=10.77.0.12');
  return programs;
}

const asked = async ({ calls }: FakePrograms) =>
  (await calls()).map(({ argv }) => `${argv[4]}: ${argv.slice(argv.indexOf('chassis')).join(' ')}`);

test('rinstall writes boot files, lets the network be booted from, and boots', async ({ mn }) => {
  const programs = await lab(mn);
  const { code, out, err } = await mn.run('rinstall', 'n1', 'osimage=compute');
  expect({ code, out, err }).toMatchObject({
    code: 0,
    out: ['Provision node(s): n1', 'n1: off on'],
  });
  expect(await asked(programs)).toEqual([
    'n1-bmc: chassis bootdev pxe',
    'n1-bmc: chassis power status',
    'n1-bmc: chassis power on',
  ]);
  expect((await mn.run('nodeset', 'n1', 'stat')).out.join()).toMatch(/^n1: statelite /u);
  expect((await mn.run('nodels', 'n1', 'nodelist.status')).out).toEqual(['n1: netbooting']);
  const kernel = join(mn.directory, 'tftpboot/xcat/osimage/compute/kernel');
  expect(await readFile(kernel, 'utf8')).toBe('kernel');
});

test('nodes that nodeset refuses do not keep the others from it, and are not switched', async ({
  mn,
}) => {
  const programs = await lab(mn);
  const { code, out, err } = await mn.run('rinstall', 'all', 'osimage=compute');
  expect(code).toBe(1);
  expect(out.toSorted()).toEqual(['Provision node(s): n1,n2', 'n1: off on', 'n2: off on']);
  expect(err).toContain("Failed to run 'nodeset' against the following nodes: n3");
  expect((await asked(programs)).filter((call) => call.startsWith('n3'))).toEqual([]);
});

test('without a node that can be set, none is switched', async ({ mn }) => {
  const programs = await lab(mn);
  const { code, out, err } = await mn.run('rinstall', 'n3', 'osimage=compute');
  expect({ code, out }).toEqual({ code: 1, out: [] });
  expect(err).toContain('No available nodes for provision.');
  expect(await asked(programs)).toEqual([]);
});

test('a node whose power nobody knows is refused before boot files are written', async ({ mn }) => {
  await lab(mn);
  await mn.run('chtab', 'node=n2', 'nodehm.mgt=blade');
  const { code, err } = await mn.run('rinstall', 'n1,n2', 'osimage=compute');
  expect(code).toBe(1);
  expect(err).toContain('nodehm.mgt of n2 is blade');
  expect((await mn.run('nodeset', 'n1', 'stat')).out).toEqual(['n1: offline']);
});

test('boot is from disk', async ({ mn }) => {
  const programs = await lab(mn);
  expect((await mn.run('rinstall', 'n1', 'boot', '-u')).code).toBe(0);
  expect((await asked(programs))[0]).toBe('n1-bmc: chassis bootdev disk options=efiboot');
  expect((await mn.run('nodels', 'n1', 'nodelist.status')).out).toEqual(['n1: powering-on']);
});

test.for([
  ['n1', 'offline'],
  ['n1', 'stat'],
  ['n1', 'install'],
  ['n1,n2', 'osimage=compute', '-c'],
])('rinstall %j is not understood', async (words, { mn }) => {
  const programs = await lab(mn);
  expect((await mn.run('rinstall', ...words)).code).toBe(2);
  expect(await asked(programs)).toEqual([]);
});
