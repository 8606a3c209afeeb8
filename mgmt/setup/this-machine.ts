import { join } from 'node:path';
import { exists } from '../image/genimage/exists.ts';
import type { DhcpBackend } from './dhcp-backend.ts';
import type { BootNetwork } from './network.ts';
import type { OwnAddress } from './networks.ts';

/**
 * What a newcomer forgets: an interface or an address that this machine does not have. A machine may
 * be set up before it has them, so these are warnings.
 */
export function absentHere(
  { server, interface: nic, cidr }: Pick<BootNetwork, 'server' | 'interface' | 'cidr'>,
  interfaces: readonly OwnAddress[],
): string[] {
  const at = interfaces.filter(({ address }) => address === server).map((own) => own.interface);
  if (nic !== undefined && !interfaces.some((own) => own.interface === nic)) {
    const names = [...new Set(interfaces.map((own) => own.interface))];
    const known = names.length === 0 ? 'none' : names.join(', ');
    return [
      `this machine has no interface ${nic} with an address (it has: ${known}): no DHCP for ${cidr} until it does`,
    ];
  }
  if (at.length === 0) {
    return [
      `no interface of this machine has the address ${server} yet: ip address add ${server}/${cidr.split('/')[1]} dev ${nic ?? 'NIC'}`,
    ];
  }
  if (nic !== undefined && !at.includes(nic)) {
    return [`${server} is the address of ${at.join(', ')}, not of ${nic}: --interface ${at[0]}?`];
  }
  return [];
}

/** A server, and what brings it. */
interface Server {
  readonly what: string;
  /** One of them is enough. */
  readonly programs: readonly string[];
  readonly packages: string;
}

/**
 * Of the servers that the site's files are for, those that are not installed below `root`. Without a
 * backend DHCP and TFTP are the site's own.
 */
export async function notInstalled(
  backend: DhcpBackend | undefined,
  root = '/',
): Promise<string[]> {
  const missing: string[] = [];
  for (const { what, programs, packages } of serversOf(backend)) {
    const places = programs.flatMap((name) => directories.map((at) => join(root, at, name)));
    const found = await Promise.all(places.map(exists));
    if (!found.includes(true)) {
      missing.push(
        `${programs.join(' or ')} is not installed (${what}): apt-get install ${packages}`,
      );
    }
  }
  return missing;
}

const directories = ['usr/sbin', 'usr/bin', 'usr/local/sbin', 'usr/local/bin'];

function serversOf(backend: DhcpBackend | undefined): Server[] {
  const dnsmasq = { programs: ['dnsmasq'], packages: 'dnsmasq-base' };
  const kea = { what: 'DHCP', programs: ['kea-dhcp4'], packages: 'kea-dhcp4-server' };
  return [
    ...(backend === 'dnsmasq' ? [{ what: 'DHCP and TFTP', ...dnsmasq }] : []),
    ...(backend === 'kea' ? [{ what: 'TFTP', ...dnsmasq }, kea] : []),
    {
      what: 'NFS',
      programs: ['exportfs', 'ganesha.nfsd'],
      packages: 'nfs-kernel-server, or nfs-ganesha nfs-ganesha-vfs',
    },
  ];
}
