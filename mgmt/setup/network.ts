import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { StateliteError } from '../../agent/errors.ts';
import {
  type AddressRange,
  addressRanges,
  formatIPv4,
  parseIPv4,
  type Within,
} from './address-ranges.ts';
import { isHostName } from './host-name.ts';
import { isNic, withoutLabel } from './nic.ts';

/** What the operator says of the network that nodes boot from, as written. */
export interface NetworkOptions {
  readonly network: string;
  readonly server: readonly string[];
  readonly interface?: string | undefined;
  readonly range?: string | undefined;
  readonly domain?: string | undefined;
  readonly gateway?: string | undefined;
  readonly nameserver?: readonly string[] | undefined;
  readonly network6?: string | undefined;
  readonly ntpserver?: readonly string[] | undefined;
  readonly mtu?: string | undefined;
}

/** The same, checked. */
export interface BootNetwork {
  /** `10.77.0.0/24`, without host bits. */
  readonly cidr: string;
  readonly address: string;
  readonly netmask: string;
  readonly contains: (address: string) => boolean;
  /** The management node's address in it. */
  readonly server: string;
  /** Every name and address that nodes and clients may know it by. */
  readonly serverNames: readonly string[];
  readonly interface: string | undefined;
  /** Whether this machine gives addresses in it; if not, another DHCP server sends its nodes here. */
  readonly hasDhcp: boolean;
  /** Addresses for machines that no table knows. */
  readonly ranges: readonly AddressRange[];
  readonly domain: string | undefined;
  readonly gateway: string | undefined;
  readonly nameservers: readonly string[];
  readonly ntpservers: readonly string[];
  /** Bytes of a packet; undefined leaves it to the nodes. */
  readonly mtu: number | undefined;
  /** `fd77::/64`: announced on the same wire. */
  readonly network6: { readonly address: string; readonly length: number } | undefined;
}

/** @throws ERR_STATELITE_USAGE naming the option, its value and an example. */
export function parseNetwork(options: NetworkOptions): BootNetwork {
  const { address, length } = parseCidr('--network', options.network, isIPv4, '10.77.0.0/24');
  if (length < 8 || length > 30) refuse('--network', options.network, '10.77.0.0/24');
  const mask = (0xffff_ffff << (32 - length)) >>> 0;
  const net = formatIPv4((parseIPv4(address) & mask) >>> 0);
  const block = new BlockList();
  block.addSubnet(net, length, 'ipv4');
  const contains = (text: string) => isIPv4(text) && block.check(text, 'ipv4');

  const server = options.server.find(contains);
  if (server === undefined) {
    throw new StateliteError(
      'ERR_STATELITE_USAGE',
      `no --server is an address in ${net}/${length}`,
      {
        hint: `name the management node's own address first: --server ${formatIPv4(parseIPv4(net) + 1)}`,
      },
    );
  }
  const nic = isOrUndefined('--interface', options.interface, isNic, 'eth0');
  for (const name of options.server) {
    if (!isHost(name)) refuse('--server', name, `${server} --server mn.example.org`);
  }
  return {
    cidr: `${net}/${length}`,
    address: net,
    netmask: formatIPv4(mask),
    contains,
    server,
    serverNames: options.server,
    interface: nic && withoutLabel(nic),
    hasDhcp: true,
    ranges: parseRanges(options.range, { contains, server }),
    domain: isOrUndefined('--domain', options.domain, isHostName, 'cluster.example'),
    gateway: isOrUndefined(
      '--gateway',
      options.gateway,
      contains,
      `an address in ${net}/${length}`,
    ),
    nameservers: (options.nameserver ?? []).map((text) =>
      isIPv4(text) ? text : refuse('--nameserver', text, server),
    ),
    ntpservers: options.ntpserver ?? [],
    mtu: parseMtu(options.mtu),
    network6:
      options.network6 === undefined
        ? undefined
        : parseCidr('--network6', options.network6, isIPv6, 'fd77::/64'),
  };
}

function parseRanges(text: string | undefined, within: Within): readonly AddressRange[] {
  if (text === undefined) return [];
  const { ranges, refused } = addressRanges(text, within);
  if (ranges.length > 0 && refused.length === 0) return ranges;
  throw new StateliteError('ERR_STATELITE_USAGE', `--range ${text} is no range of addresses`, {
    hint: `two addresses of the network, without the server's own ${within.server} between them: FIRST-LAST`,
  });
}

/** Every machine takes 576 (RFC 791); less is a slip of the pen. */
function parseMtu(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const mtu = Number(text);
  if (/^\d+$/u.test(text) && mtu >= 576 && mtu <= 65_535) return mtu;
  throw new StateliteError('ERR_STATELITE_TABLE', `mtu ${text} is no size of packets`, {
    hint: 'write bytes, 576 to 65535: networks.mtu=9000',
  });
}

function parseCidr(
  option: string,
  text: string,
  isAddress: (text: string) => boolean,
  example: string,
): { address: string; length: number } {
  const [, address = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  if (!isAddress(address) || Number(length) > 128) refuse(option, text, example);
  return { address, length: Number(length) };
}

function isOrUndefined(
  option: string,
  text: string | undefined,
  is: (text: string) => boolean,
  example: string,
): string | undefined {
  return text === undefined || is(text) ? text : refuse(option, text, example);
}

function isHost(name: string): boolean {
  return isIPv4(name) || isIPv6(name) || isHostName(name);
}

function refuse(option: string, text: string, example: string): never {
  throw new StateliteError('ERR_STATELITE_USAGE', `${option} ${text} is not usable`, {
    hint: `for example ${option} ${example}`,
  });
}
