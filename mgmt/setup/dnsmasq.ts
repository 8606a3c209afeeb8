import type { BootHost } from './boot-hosts.ts';
import { marker } from './generated.ts';
import type { BootNetwork } from './network.ts';

export interface DnsmasqInput {
  readonly network: BootNetwork;
  readonly hosts: readonly BootHost[];
  readonly tftpdir: string;
  readonly leases: string;
  /** URL of the first iPXE script. */
  readonly script: string;
}

/**
 * The configuration of dnsmasq for DHCP and TFTP. Each machine matches one dhcp-boot line at most:
 * which of several dnsmasq would take depends on their order.
 */
export function renderDnsmasq({ network, hosts, tftpdir, leases, script }: DnsmasqInput): string {
  const { first, last } = network.range ?? { first: network.address, last: 'static' };
  return lines([
    `# ${marker}`,
    '',
    '# No DNS: this server is for booting only.',
    'port=0',
    ...(network.interface === undefined
      ? [`listen-address=${network.server}`]
      : [`interface=${network.interface}`, 'except-interface=lo']),
    'bind-interfaces',
    '',
    network.range === undefined
      ? '# Machines that no table knows get no address.'
      : '# Machines that no table knows get an address of this range.',
    `dhcp-range=${first},${last},${network.netmask},12h`,
    '# The only DHCP server of this network: it corrects clients at once.',
    'dhcp-authoritative',
    "# Addresses are the tables', and a ping would delay each first lease by 3 s.",
    'no-ping',
    `dhcp-leasefile=${leases}`,
    ...(network.domain === undefined ? [] : [`domain=${network.domain}`]),
    // Without a value dnsmasq keeps quiet; by default it would name itself as the router.
    `dhcp-option=option:router${network.gateway === undefined ? '' : `,${network.gateway}`}`,
    ...(network.nameservers.length === 0
      ? []
      : [`dhcp-option=option:dns-server,${network.nameservers.join(',')}`]),
    ...routerAdvertisements(network),
    '',
    'enable-tftp',
    `tftp-root=${tftpdir}`,
    '',
    '# Firmware: BIOS is architecture 0, UEFI for x86-64 is 7 or 9. iPXE sends option 175.',
    'dhcp-match=set:bios,option:client-arch,0',
    'dhcp-match=set:efi64,option:client-arch,7',
    'dhcp-match=set:efi64,option:client-arch,9',
    'dhcp-match=set:ipxe,175',
    '# pxelinux (noderes.netboot=pxe) is for BIOS only; everything else goes through iPXE.',
    'dhcp-boot=tag:pxe,tag:bios,pxelinux.0',
    'dhcp-boot=tag:!pxe,tag:bios,tag:!ipxe,undionly.kpxe',
    `dhcp-boot=tag:!pxe,tag:bios,tag:ipxe,${script}`,
    'dhcp-boot=tag:efi64,tag:!ipxe,snponly.efi',
    `dhcp-boot=tag:efi64,tag:ipxe,${script}`,
    '',
    ...hosts.map(hostLine),
  ]);
}

/** The name is sent as DHCP's host name: the node's name, and the name of its boot script. */
function hostLine({ node, mac, ip, loader }: BootHost): string {
  return `dhcp-host=${mac},${loader === 'pxe' ? 'set:pxe,' : ''}${ip},${node}`;
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
