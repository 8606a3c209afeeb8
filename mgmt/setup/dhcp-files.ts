import { join } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import type { Site } from '../core/site.ts';
import type { BootHost } from './boot-hosts.ts';
import { bootUrl } from './boot-script.ts';
import { checkConfig } from './check-config.ts';
import { dhcpBackend, leaseTime } from './dhcp-backend.ts';
import { dnsOff } from './dns.ts';
import { parseHostsFile, renderHostsFile, renderOptionsFile } from './dnsmasq-hosts.ts';
import { renderDnsmasq } from './dnsmasq.ts';
import type { GeneratedFile } from './generated.ts';
import { parseKeaReservations, renderKeaReservations } from './kea-reservations.ts';
import { renderKea } from './kea.ts';
import type { BootNetwork } from './network.ts';
import { interfaceOf, type OwnAddress } from './networks.ts';
import { readIfThere } from '../../agent/files/if-there.ts';

export interface DhcpInput {
  readonly networks: readonly BootNetwork[];
  readonly site: Site;
  /** The directory for configuration files. */
  readonly output: string;
  readonly state: string;
  /** This machine's addresses: Kea listens on interfaces. */
  readonly interfaces: readonly OwnAddress[];
}

/** Whether an address is in a network that this machine gives addresses in. */
export function inDhcp(networks: readonly BootNetwork[]): (address: string) => boolean {
  const served = withDhcp(networks);
  return (address) => served.some(({ contains }) => contains(address));
}

/** Whether an address is in a network of this machine in which another DHCP server gives addresses. */
export function inOthersDhcp(networks: readonly BootNetwork[]): (address: string) => boolean {
  const isServed = inDhcp(networks);
  return (address) => !isServed(address) && networks.some(({ contains }) => contains(address));
}

function withDhcp(networks: readonly BootNetwork[]): BootNetwork[] {
  return networks.filter(({ hasDhcp }) => hasDhcp);
}

/** Where the files of DHCP and DNS are. */
export function dhcpPaths(output: string) {
  return {
    dnsmasq: join(output, 'dnsmasq.conf'),
    hosts: join(output, 'dnsmasq-hosts'),
    options: join(output, 'dnsmasq-options'),
    dns: join(output, 'dnsmasq-dns.conf'),
    names: join(output, 'dnsmasq-names'),
    kea: join(output, 'kea-dhcp4.conf'),
  };
}

/** The file that the DHCP server is started with. */
export function mainFile({ site, output }: Pick<DhcpInput, 'site' | 'output'>): string {
  return dhcpPaths(output)[dhcpBackend(site)];
}

/**
 * What is the same whatever nodes there are. dnsmasq is the TFTP server in any case. Throws
 * ERR_STATELITE_SETUP for a path that dnsmasq cannot be told.
 */
export async function configFiles(input: DhcpInput): Promise<GeneratedFile[]> {
  const { networks, site, output, state } = input;
  const paths = dhcpPaths(output);
  const backend = dhcpBackend(site);
  const url = urlIn(site);
  const lease = leaseTime(site);
  const dnsmasq = renderDnsmasq({
    networks,
    tftpdir: plainPath(site.tftpdir),
    files: {
      leases: plainPath(join(state, 'dnsmasq.leases')),
      hosts: plainPath(paths.hosts),
      options: plainPath(paths.options),
      dns: plainPath(paths.dns),
    },
    url,
    lease,
    dhcp: backend === 'dnsmasq',
  });
  const isDnsDecided = (await readIfThere(paths.dns)) !== undefined;
  return [
    { path: paths.dnsmasq, text: dnsmasq },
    ...(isDnsDecided ? [] : [{ path: paths.dns, text: dnsOff() }]),
    ...(backend === 'kea' ? [keaFile(input, lease)] : []),
  ];
}

/** The nodes that the DHCP server knows now, by its own files. */
export async function readReservations({
  networks,
  site,
  output,
}: Pick<DhcpInput, 'networks' | 'site' | 'output'>): Promise<BootHost[]> {
  if (dhcpBackend(site) === 'dnsmasq') {
    return parseHostsFile((await readIfThere(dhcpPaths(output).hosts)) ?? '');
  }
  const known = withDhcp(networks).map(async (network) => {
    const path = keaReservations(output, network);
    return parseKeaReservations((await readIfThere(path)) ?? '', path);
  });
  return (await Promise.all(known)).flat();
}

/** The files that have the nodes. A node is in the first network that contains its address. */
export function reservationFiles(
  { networks: all, site, output }: Pick<DhcpInput, 'networks' | 'site' | 'output'>,
  hosts: readonly BootHost[],
): GeneratedFile[] {
  const networks = withDhcp(all);
  const url = urlIn(site);
  const networkOf = ({ ip }: BootHost) => networks.find(({ contains }) => contains(ip));
  if (dhcpBackend(site) === 'dnsmasq') {
    const paths = dhcpPaths(output);
    const urlOf = (host: BootHost) => {
      const network = networkOf(host);
      return network && url(network);
    };
    return [
      { path: paths.hosts, text: renderHostsFile(hosts) },
      { path: paths.options, text: renderOptionsFile(hosts, urlOf) },
    ];
  }
  const byNetwork = Map.groupBy(hosts, networkOf);
  return networks.map((network) => ({
    path: keaReservations(output, network),
    text: renderKeaReservations(byNetwork.get(network) ?? [], url(network)),
  }));
}

/**
 * Lets the server look at its configuration with these nodes, before they are written. Those that it
 * has been shown once need not be among them. Throws as `checkConfig`.
 */
export async function checkDhcp(input: DhcpInput, hosts: readonly BootHost[]): Promise<void> {
  await checkConfig(async (directory) => {
    const there = { ...input, output: directory };
    return [...(await configFiles(there)), ...reservationFiles(there, hosts)];
  });
}

function keaFile({ networks, site, output, interfaces }: DhcpInput, lease: number | undefined) {
  const listening = withDhcp(networks).map((network) => ({
    ...network,
    interface: interfaceOf(network, interfaces),
  }));
  const reservations = (network: BootNetwork) => keaReservations(output, network);
  const text = renderKea({ networks: listening, reservations, url: urlIn(site), lease });
  return { path: dhcpPaths(output).kea, text };
}

function keaReservations(output: string, { cidr }: BootNetwork): string {
  return join(output, `kea-reservations-${cidr.replace('/', '-')}.json`);
}

function urlIn(site: Site) {
  return ({ server }: BootNetwork) => bootUrl(server, site.port('httpport'));
}

/** dnsmasq has no way to quote what it gives a meaning to. */
export function plainPath(path: string): string {
  if (/^[\w./@:=+-]+$/.test(path)) return path;
  throw new StateliteError(
    'ERR_STATELITE_SETUP',
    `dnsmasq cannot be told the path ${JSON.stringify(path)}`,
    {
      hint: 'choose a path of letters, digits and . _ - / for it',
    },
  );
}
