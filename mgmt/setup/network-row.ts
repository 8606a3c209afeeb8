import { BlockList, isIPv4 } from 'node:net';
import { StateliteError } from '../../agent/errors.ts';
import { splitWords } from '../core/list.ts';
import { plain } from '../core/plain.ts';
import { addressRanges } from './address-ranges.ts';
import { isHostName } from './host-name.ts';
import { type BootNetwork, parseNetwork } from './network.ts';
import type { NetworkRow, NetworksInput } from './networks.ts';
import { isNic } from './nic.ts';

/**
 * The network of a row, with an IPv6 row that is announced in it; undefined if this machine has no
 * address there. A range, router or domain that is none is left out, with a note. Throws
 * ERR_STATELITE_TABLE for what nothing can be made of.
 */
export function networkOfRow(
  row: NetworkRow,
  announced: NetworkRow | undefined,
  input: Omit<NetworksInput, 'rows'>,
  notes: string[],
): BootNetwork | undefined {
  const contains = withinRow(row);
  const server = serverIn(row, contains, input);
  if (server === undefined) return undefined;
  const skip = (column: string, text: string, why: string) =>
    notes.push(`networks row net=${row.net}: ${column} ${plain(text)} is left out: ${why}`);
  const usable = (column: keyof typeof needs, text: string | null | undefined) => {
    if (text === undefined || text === null || text === '') return undefined;
    const { is, why } = needs[column];
    if (is(text, contains)) return text;
    skip(column, text, why);
    return undefined;
  };
  const { ranges, refused } = addressRanges(row.dynamicrange ?? '', { contains, server });
  for (const text of refused) skip('dynamicrange', text, rangeNeeds(server));
  const network = parseNetwork({
    network: `${row.net}/${prefixLength(row.mask)}`,
    server: [server],
    interface: nicOf(row),
    domain: usable('domain', row.domain ?? input.domain),
    gateway: usable('gateway', row.gateway === '<xcatmaster>' ? server : row.gateway),
    nameserver: addressesOf(row.nameservers, server),
    ntpserver: addressesOf(row.ntpservers, server),
    mtu: row.mtu ?? undefined,
    network6: announced && `${announced.net}/${prefixLength(announced.mask)}`,
  });
  return { ...network, ranges };
}

type Contains = BootNetwork['contains'];

const needs = {
  domain: { is: isHostName, why: 'it is no name of a domain' },
  gateway: {
    is: (text: string, contains: Contains) => contains(text),
    why: 'it is no address of the network',
  },
};

function rangeNeeds(server: string): string {
  return `write FIRST-LAST, addresses of the network, with neither ${server} nor another range between them`;
}

/** Undefined without an address of this machine, or one that it is to have, in the row's network. */
function serverIn(
  row: NetworkRow,
  contains: Contains,
  { master, interfaces }: Omit<NetworksInput, 'rows'>,
): string | undefined {
  const all = interfaces.map(({ address }) => address);
  const given = [row.dhcpserver, row.tftpserver, master].flatMap((text) => text ?? []);
  const server = [...given, ...all].find(contains);
  const own = all.filter(contains);
  if (server === undefined || own.length === 0 || own.includes(server)) return server;
  throw new StateliteError(
    'ERR_STATELITE_TABLE',
    `its DHCP server is ${server}, and this machine is ${own.join(', ')} there`,
    {
      hint: `chtab net=${row.net} networks.dhcpserver=${own[0]}, if this machine is to serve it`,
    },
  );
}

function nicOf({ mgtifname }: NetworkRow): string | undefined {
  const nic = mgtifname?.replace(/^!remote!/u, '');
  if (nic === undefined || isNic(nic)) return nic;
  throw new StateliteError('ERR_STATELITE_TABLE', `mgtifname ${plain(nic)} is no NIC`, {
    hint: 'write the name that ip address shows, or none',
  });
}

/** `<xcatmaster>` is this machine; a name is nothing that DHCP could tell. */
function addressesOf(servers: string | null, server: string): string[] {
  return splitWords(servers)
    .map((text) => (text === '<xcatmaster>' ? server : text))
    .filter(isIPv4);
}

/** Whether an address is in the network of a row. ERR_STATELITE_TABLE if the row describes none. */
function withinRow({ net, mask }: NetworkRow): Contains {
  const length = Number(prefixLength(mask));
  if (!isIPv4(net) || !Number.isInteger(length) || length < 8 || length > 30) {
    throw new StateliteError(
      'ERR_STATELITE_TABLE',
      `${plain(net)} with mask ${plain(mask)} is no network of nodes`,
      { hint: 'write e.g. net=10.77.0.0,mask=255.255.255.0' },
    );
  }
  const block = new BlockList();
  block.addSubnet(net, length, 'ipv4');
  return (address) => isIPv4(address) && block.check(address, 'ipv4');
}

/** Bits of a network: `24` for `255.255.255.0`, `/24` and `24`; other words stay as they are. */
export function prefixLength(mask: string): string {
  if (!isIPv4(mask)) return mask.replace(/^\//u, '');
  const bits = mask.split('.').map((byte) => Number(byte).toString(2).padStart(8, '0'));
  return /^(1*)0*$/u.exec(bits.join(''))?.[1]?.length.toString() ?? mask;
}
