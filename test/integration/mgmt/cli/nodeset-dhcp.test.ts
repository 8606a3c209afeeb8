import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { test } from '../../../helpers/mgmt-test.ts';
import type { Management } from '../../../helpers/mgmt.ts';

/** What the DHCP server knows of nodes. */
async function reservations(mn: Management): Promise<string> {
  const directory = join(mn.directory, 'etc/generated');
  const names = await readdir(directory, { recursive: true, withFileTypes: true });
  const texts = names
    .filter((entry) => entry.isFile() && entry.name.includes('hosts'))
    .map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8'));
  return (await Promise.all(texts)).join('\n');
}

test('nodeset brings reservations up to date where there is a DHCP configuration, and only there', async ({
  mn,
}) => {
  const run = async (...argv: string[]) => {
    const { code, err } = await mn.run(...argv);
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${err}`);
  };
  const add = async (node: string, number: number) =>
    run(
      'nodeadd',
      node,
      'groups=all',
      `mac.mac=52:54:00:77:00:0${number}`,
      `hosts.ip=10.77.0.1${number}`,
      'noderes.netboot=xnba',
    );
  await add('cn01', 1);
  await run('nodeset', 'cn01', 'boot');
  await expect(readdir(join(mn.directory, 'etc/generated'))).rejects.toThrow('ENOENT');

  const network = 'net=10.77.0.0 mask=255.255.255.0 dhcpserver=10.77.0.1 tftpserver=10.77.0.1';
  const columns = network.split(' ').map((word) => `networks.${word}`);
  await run('chtab', 'netname=boot', ...columns);
  await run('chtab', 'key=master', 'site.value=10.77.0.1');
  await run('chtab', 'key=dhcpbackend', 'site.value=dnsmasq');
  await run('makedhcp', '-n');
  await add('cn02', 2);
  await run('nodeset', 'cn02', 'boot');
  expect(await reservations(mn)).toContain('52:54:00:77:00:02');
  await run('nodeset', 'cn02', 'offline');
  expect(await reservations(mn)).not.toContain('52:54:00:77:00:02');
});
