import { type BootChoice, bootChoices, firmwares } from './boot-programs.ts';
import type { BootNetwork } from './network.ts';
import { hashedIds } from './nfs.ts';
import { marker } from './seal.ts';

export interface KeaInput {
  readonly networks: readonly BootNetwork[];
  /** Where the reservations of a network stand, an array. */
  readonly reservations: (network: BootNetwork) => string;
  /** URL of tftpdir in a network. */
  readonly url: (network: BootNetwork) => string;
  /** Seconds; undefined is 12 hours. */
  readonly lease?: number | undefined;
}

/** DHCP option 209 (RFC 5071), which Kea has no definition of. */
export const confFileOption = { name: 'conf-file', code: 209, type: 'string', space: 'dhcp4' };

/** The class of a reservation whose node has this noderes.netboot. */
export function netbootClass(loader: string): string {
  return `netboot-${loader}`;
}

/**
 * The configuration of Kea's DHCPv4 server. Reservations are in files of their own, which it
 * includes; it reads everything again on SIGHUP. Leases are where Kea keeps them: newer ones take
 * no other place.
 */
export function renderKea(input: KeaInput): string {
  const { networks, reservations, lease = 43_200 } = input;
  const ids = hashedIds(networks.map(({ cidr }) => cidr));
  const subnets = networks.map((network) => {
    const fields = JSON.stringify(subnetOf(network, ids.get(network.cidr) ?? 1), undefined, 2);
    const include = `<?include ${JSON.stringify(reservations(network))}?>`;
    return fields.replace(/\n\}$/, `,\n  "reservations": ${include}\n}`);
  });
  const settings = JSON.stringify(
    {
      'interfaces-config': { interfaces: networks.map(listener) },
      'lease-database': { type: 'memfile', persist: true, 'lfc-interval': 3600 },
      'valid-lifetime': lease,
      authoritative: true,
      // Firmware, initramfs and system call themselves differently: the MAC address is the node.
      'match-client-id': false,
      'host-reservation-identifiers': ['hw-address'],
      'ddns-send-updates': false,
      'option-def': [confFileOption],
      'client-classes': [...firmwareClasses(), ...choiceClasses(input)],
    },
    undefined,
    2,
  );
  const body = settings.replace(/\n\}$/, `,\n  "subnet4": [\n${subnets.join(',\n')}\n]\n}`);
  return `// ${marker}\n{ "Dhcp4": ${body} }\n`;
}

/** The address too: an interface may have several. */
function listener({ interface: nic, server }: BootNetwork): string {
  return nic === undefined ? '*' : `${nic}/${server}`;
}

function subnetOf(network: BootNetwork, id: number) {
  const { cidr, server, ranges, gateway, nameservers, ntpservers, domain, mtu } = network;
  const options = [
    { name: 'routers', data: gateway },
    { name: 'domain-name-servers', data: listed(nameservers) },
    { name: 'ntp-servers', data: listed(ntpservers) },
    { name: 'domain-name', data: domain },
    { name: 'interface-mtu', data: mtu?.toString() },
  ];
  return {
    id,
    subnet: cidr,
    ...(network.interface === undefined ? {} : { interface: network.interface }),
    'next-server': server,
    pools: ranges.map(({ first, last }) => ({ pool: `${first} - ${last}` })),
    'option-data': options.filter(({ data }) => data !== undefined),
  };
}

function listed(addresses: readonly string[]): string | undefined {
  return addresses.length === 0 ? undefined : addresses.join(', ');
}

function firmwareClasses() {
  const classes = Object.entries(firmwares).map(([name, firmware]) => ({
    name,
    test: firmware.arches.map((arch) => `option[93].hex == ${hex(arch)}`).join(' or '),
    ...('http' in firmware
      ? {
          'option-data': [
            // Firmware that boots by HTTP takes an answer that calls itself so.
            { name: 'vendor-class-identifier', data: 'HTTPClient', 'always-send': true },
          ],
        }
      : {}),
  }));
  // RFC 3004 has a length before each user class, which iPXE leaves out.
  const userClass = [0, 1].map((start) => `substring(option[77].hex, ${start}, 4) == 'iPXE'`);
  const loaders = ['xnba', 'pxe', 'grub2', 'yaboot', 'petitboot'];
  return [
    ...classes,
    { name: 'ipxe', test: ['option[175].exists', ...userClass].join(' or ') },
    ...loaders.map((loader) => ({ name: netbootClass(loader) })),
  ];
}

function choiceClasses({ networks, url }: KeaInput) {
  return bootChoices.flatMap((choice, index) => {
    const name = `boot-${index}`;
    const { load } = choice;
    if ('tftp' in load) return [{ name, test: testOf(choice), 'boot-file-name': load.tftp }];
    return networks.map((network, other) => ({
      name: other === 0 ? name : `${name}-${other}`,
      test: [testOf(choice), ...onNetwork(network, networks)].join(' and '),
      'boot-file-name': `${url(network)}/${load.http}`,
    }));
  });
}

/**
 * A class of a reservation is known only after the lookup, and Kea works out after it what depends
 * on KNOWN.
 */
function testOf({ firmware, only, except, ipxe }: BootChoice): string {
  return [
    `member('${firmware}')`,
    ...(only === undefined ? [] : [has(only)]),
    ...(except === undefined ? [] : [`not ${has(except)}`]),
    ...(ipxe === undefined ? [] : [ipxe ? "member('ipxe')" : "not member('ipxe')"]),
  ].join(' and ');
}

function has(loader: string): string {
  return `(member('KNOWN') and member('${netbootClass(loader)}'))`;
}

/** Kea knows the interface of a packet, not its subnet. */
function onNetwork({ interface: nic }: BootNetwork, all: readonly BootNetwork[]): string[] {
  return all.length === 1 || nic === undefined ? [] : [`pkt.iface == '${nic}'`];
}

function hex(arch: number): string {
  return `0x${arch.toString(16).padStart(4, '0')}`;
}
