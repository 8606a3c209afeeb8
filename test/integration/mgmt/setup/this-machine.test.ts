import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { notInstalled } from '../../../../mgmt/setup/this-machine.ts';
import { plantTree } from '../../../helpers/tree.ts';

/** On a machine that has these programs. */
async function missing(
  backend: 'dnsmasq' | 'kea' | undefined,
  ...programs: string[]
): Promise<string[]> {
  await using root = await mkdtempDisposable(join(tmpdir(), 'statelite-'));
  plantTree(root.path, Object.fromEntries(programs.map((path) => [path, 'program'])));
  return notInstalled(backend, root.path);
}

describe('servers that are not installed', () => {
  test('are named with their packages', async () => {
    expect(await missing('dnsmasq')).toEqual([
      'dnsmasq is not installed (DHCP and TFTP): apt-get install dnsmasq-base',
      'exportfs or ganesha.nfsd is not installed (NFS): apt-get install nfs-kernel-server, or nfs-ganesha nfs-ganesha-vfs',
    ]);
    expect(await missing('kea', 'usr/sbin/dnsmasq', 'usr/sbin/exportfs')).toEqual([
      'kea-dhcp4 is not installed (DHCP): apt-get install kea-dhcp4-server',
    ]);
  });

  test("are none for DHCP and TFTP where those are the site's own", async () => {
    expect(await missing(undefined)).toEqual([expect.stringContaining('(NFS)')]);
  });

  test('of the NFS servers one is enough', async () => {
    expect(await missing('dnsmasq', 'usr/sbin/dnsmasq', 'usr/bin/ganesha.nfsd')).toEqual([]);
  });
});
