import { type BootChoice, bootChoices, firmwares } from './boot-programs.ts';
import { marker } from './seal.ts';
import type { BootNetwork } from './network.ts';

export interface DnsmasqInput {
  readonly networks: readonly BootNetwork[];
  readonly tftpdir: string;
  /** Files beside this one, with their directory. */
  readonly files: Readonly<Record<'leases' | 'hosts' | 'options' | 'dns', string>>;
  /** URL of tftpdir in a network. */
  readonly url: (network: BootNetwork) => string;
  /** Seconds; undefined is 12 hours. */
  readonly lease?: number | undefined;
  /** With another DHCP server, dnsmasq is for TFTP only. */
  readonly dhcp: boolean;
}

/**
 * The configuration of dnsmasq for DHCP and TFTP. Each machine matches one dhcp-boot line at most:
 * which of several dnsmasq would take depends on their order. Nodes, options and DNS are in files
 * of their own: hosts and options are read again on SIGHUP.
 */
export function renderDnsmasq(input: DnsmasqInput): string {
  const { networks, tftpdir, files } = input;
  const served = input.dhcp ? networks.filter(({ hasDhcp }) => hasDhcp) : [];
  const isDhcp = served.length > 0;
  const nics = networks.flatMap((network) => network.interface ?? []);
  return lines([
    `# ${marker}`,
    '',
    '# Whether it answers DNS: makedns writes this file.',
    `conf-file=${files.dns}`,
    ...networks.map((network) =>
      network.interface === undefined
        ? `listen-address=${network.server}`
        : `interface=${network.interface}`,
    ),
    ...(nics.length === 0 ? [] : ['except-interface=lo']),
    // An interface that comes later is no reason not to start.
    'bind-dynamic',
    ...(isDhcp ? dhcpLines({ ...input, networks: served }) : []),
    '',
    'enable-tftp',
    `tftp-root=${tftpdir}`,
    ...(isDhcp ? bootLines({ ...input, networks: served }) : []),
  ]);
}

function dhcpLines({ networks, files, lease }: DnsmasqInput): string[] {
  const time = lease === undefined ? '12h' : String(lease);
  return [
    ...networks.flatMap((network, index) => networkLines(network, tagOf(networks, index), time)),
    '',
    '# The only DHCP server of this network: it corrects clients at once.',
    'dhcp-authoritative',
    "# Addresses are the tables', and a ping would delay each first lease by 3 s.",
    'no-ping',
    `dhcp-leasefile=${files.leases}`,
    '# Nodes: makedhcp writes these files, and dnsmasq reads them again on SIGHUP.',
    `dhcp-hostsfile=${files.hosts}`,
    `dhcp-optsfile=${files.options}`,
  ];
}

function networkLines(network: BootNetwork, tag: string, time: string): string[] {
  const { ranges } = network;
  const set = tag.replace('tag:', 'set:');
  const domain = network.domain === undefined ? [] : [`domain=${network.domain}`];
  return [
    '',
    ranges.length === 0
      ? '# Machines that no table knows get no address.'
      : '# Machines that no table knows get an address of this range.',
    ...(ranges.length === 0 ? [{ first: network.address, last: 'static' }] : ranges).map(
      ({ first, last }) => `dhcp-range=${set}${first},${last},${network.netmask},${time}`,
    ),
    ...(tag === '' ? domain : domain.map((line) => `${line},${network.cidr}`)),
    // Without a value dnsmasq keeps quiet; by default it would name itself as the router.
    `dhcp-option=${tag}option:router${network.gateway === undefined ? '' : `,${network.gateway}`}`,
    ...(network.nameservers.length === 0
      ? []
      : [`dhcp-option=${tag}option:dns-server,${network.nameservers.join(',')}`]),
    ...(network.ntpservers.length === 0
      ? []
      : [`dhcp-option=${tag}option:ntp-server,${network.ntpservers.join(',')}`]),
    ...(network.mtu === undefined ? [] : [`dhcp-option=${tag}option:mtu,${network.mtu}`]),
    ...routerAdvertisements(network),
  ];
}

/** `tag:net0,` where there are several networks. */
function tagOf(networks: readonly BootNetwork[], index: number): string {
  return networks.length === 1 ? '' : `tag:net${index},`;
}

function bootLines({ networks, url }: DnsmasqInput): string[] {
  const matches = Object.entries(firmwares).flatMap(([name, { arches }]) =>
    arches.map((arch) => `dhcp-match=set:${name},option:client-arch,${arch}`),
  );
  const web = Object.entries(firmwares).flatMap(([name, firmware]) =>
    'http' in firmware ? name : [],
  );
  return [
    '',
    '# Firmware says what it is in option 93; iPXE sends option 175.',
    ...matches,
    'dhcp-match=set:ipxe,175',
    '# Firmware that boots by HTTP takes an answer that calls itself so.',
    ...web.map((name) => `dhcp-option-force=tag:${name},60,HTTPClient`),
    '# What it loads, by noderes.netboot of the node.',
    ...bootChoices.flatMap((choice) => choiceLines(choice, networks, url)),
  ];
}

function choiceLines(
  { firmware, only, except, ipxe, load }: BootChoice,
  networks: readonly BootNetwork[],
  url: DnsmasqInput['url'],
): string[] {
  const tags = [
    ...(only === undefined ? [] : [`tag:${only}`]),
    ...(except === undefined ? [] : [`tag:!${except}`]),
    `tag:${firmware}`,
    ...(ipxe === undefined ? [] : [ipxe ? 'tag:ipxe' : 'tag:!ipxe']),
  ].join(',');
  if ('tftp' in load) return [`dhcp-boot=${tags},${load.tftp}`];
  return networks.map(
    (network, index) => `dhcp-boot=${tagOf(networks, index)}${tags},${url(network)}/${load.http}`,
  );
}

function routerAdvertisements({ network6 }: BootNetwork): string[] {
  // Announced only if asked for: it gives addresses to every machine on the wire.
  if (network6 === undefined) {
    return ['# iPXE with IPv6 waits some 13 s for a router: setup --network6 announces one.'];
  }
  return ['enable-ra', `dhcp-range=${network6.address},ra-only,${network6.length},1h`];
}

function lines(texts: readonly string[]): string {
  return `${texts.join('\n').trimEnd()}\n`;
}
