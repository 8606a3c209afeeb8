import { chmod } from 'node:fs/promises';
import { expect } from 'vitest';
import { management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { plantTree } from '../../../helpers/tree.ts';

const setup = ['setup', '--network', '127.77.0.0/24', '--server', '127.77.0.1'];
// Ports on which nobody listens, whatever else runs on this machine.
const ports = ['xcatdport=13971', 'xcatiport=13972', 'httpport=13973'];

test('without a database it says so, looks at the rest, and makes none', async ({ mn }) => {
  const { code, out, err } = await mn.run('doctor');
  expect(code).toBe(1);
  expect(out[0]).toBe('database');
  expect(out[1]).toMatch(/^ {2}fail {2}the tables cannot be read, .*statelite\.db/u);
  expect(out).toContain('machine');
  expect(err).toContain('ERR_STATELITE_SETUP: doctor found');
  expect((await mn.run('doctor')).out[0]).toBe('database');
});

test('failures end it with 1; what is fine is folded unless --verbose', async ({ mn }) => {
  await mn.run(...setup);
  for (const port of ports) {
    const [key, value] = port.split('=');
    await mn.run('chtab', `key=${key}`, `site.value=${value}`);
  }
  const { code, out } = await mn.run('doctor');
  expect(code).toBe(1);
  expect(out).toContain('  fail  site.master is not set: nodes cannot be told whom to ask');
  expect(out).toContain('  fail  TLS port 127.0.0.1:13971: nobody listens');
  expect(out).toContain('        start the daemon: systemctl start statelite, or statelite serve');
  expect(out.join('\n')).not.toContain('statelite.db is sound');
  const verbose = (await mn.run('doctor', '--verbose')).out;
  expect(verbose.join('\n')).toContain('statelite.db is sound');
});

test('--json gives each finding with its check and group', async ({ mn }) => {
  await mn.run(...setup);
  const { out } = await mn.run('doctor', '--json');
  expect(JSON.parse(out.join('\n'))).toContainEqual({
    group: 'boot files',
    check: 'boot files',
    level: 'note',
    message: 'the tables have no node',
    hint: 'nodeadd <nodes> groups=<group> hosts.ip=<address>',
  });
});

test('of nodes that are named each must boot; without a noderange some may not', async ({ mn }) => {
  await mn.run(...setup);
  await mn.run('chtab', 'key=master', 'site.value=127.77.0.1');
  await mn.run('nodeadd', 'n1', 'groups=a', 'hosts.ip=127.77.0.11', 'mac.mac=52:54:00:77:00:01');
  await mn.run('nodeadd', 'n2', 'groups=a', 'hosts.ip=127.77.0.12');
  const all = await mn.run('doctor');
  expect(all.out.join('\n')).toContain('  note  no node has an image');
  const named = await mn.run('doctor', 'n1');
  expect(named.out).toContain('  fail  n1: has no image');
  const image = ['osvers=debian12', 'osarch=x86_64', 'profile=compute'].map(
    (one) => `osimage.${one}`,
  );
  await mn.run('chtab', 'imagename=compute', ...image, 'osimage.provmethod=statelite');
  await mn.run('nodech', 'n1,n2', 'nodetype.provmethod=compute');
  const { out } = await mn.run('doctor');
  const text = out.join('\n');
  expect(text).toContain('  fail  n2: cannot be set to boot: No MAC address available');
  expect(text).toContain('  warn  n1: there is no boot file');
  expect(text).toContain('        nodeset n1 osimage=compute');
  expect(text).toContain('  fail  osimage compute: there is no kernel to boot');
  expect((await mn.run('doctor', 'n1')).out).toContain(
    '  fail  n1: there is no boot file: nodeset was not run, or took it away',
  );
});

test('an initramfs that is none, and one that only root may read', async ({ mn }) => {
  await mn.run(...setup);
  await chmod(mn.directory, 0o755);
  await mn.run('chtab', 'key=master', 'site.value=127.77.0.1');
  await mn.run('nodeadd', 'n1', 'groups=a', 'hosts.ip=127.77.0.11', 'mac.mac=52:54:00:77:00:01');
  const image = ['osvers=debian12', 'osarch=x86_64', 'profile=compute'].map(
    (one) => `osimage.${one}`,
  );
  await mn.run('chtab', 'imagename=compute', ...image, 'osimage.provmethod=statelite');
  plantTree(`${mn.directory}/install/netboot/debian12/x86_64/compute`, {
    kernel: 'kernel',
    'initrd-statelite.gz': 'no archive',
    'rootimg/etc/motd': '',
  });
  expect((await mn.run('nodeset', 'n1', 'osimage=compute')).code).toBe(0);
  await chmod(`${mn.directory}/tftpboot/xcat`, 0o700);
  const { out } = await mn.run('doctor', 'n1');
  const text = out.join('\n');
  expect(text).toContain('initrd-statelite.gz is no initramfs');
  expect(text).toContain(`chmod o+rx ${mn.directory}/tftpboot/xcat`);
});

test.each([
  [['doctor', 'nobody'], 1, 'nobody'],
  [['doctor', '--patience', '0'], 2, 'patience'],
  [['doctor', 'a', 'b'], 2, 'b'],
])('%j is refused', async (argv, code, named) => {
  await using mn = await management();
  await mn.run(...setup);
  const ran = await mn.run(...argv);
  expect(ran.code).toBe(code);
  expect(ran.err).toContain(named);
});
