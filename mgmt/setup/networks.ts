import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { StateliteError } from '../../agent/errors.ts';
import { splitList } from '../core/list.ts';
import type { Row } from '../db/table.ts';
import type { networks } from '../db/site-tables.ts';
import { type BootNetwork, parseNetwork } from './network.ts';

export type NetworkRow = Row<typeof networks>;

export interface NetworksInput {
  readonly rows: readonly NetworkRow[];
  /** site.master. */
  readonly master: string | undefined;
  /** site.domain, for networks that have none of their own. */
  readonly domain: string | undefined;
  /** This machine's addresses, by interface. */
  readonly interfaces: readonly OwnAddress[];
  /** The NICs that DHCP is served on; undefined is all of them. */
  readonly dhcpOn?: ReadonlySet<string> | undefined;
}

export interface OwnAddress {
  readonly interface: string;
  readonly address: string;
}

export interface Networks {
  readonly networks: readonly BootNetwork[];
  /** Rows that were left out, for the operator. */
  readonly notes: readonly string[];
}

/**
 * The networks that nodes boot from: the rows of `networks` that this machine has an address in. An
 * IPv6 row is announced on the interface that it names, else on that of the first network.
 */
export function networksOf(input: NetworksInput): Networks {
  const notes: string[] = [];
  const found: BootNetwork[] = [];
  const ipv6 = input.rows.filter(({ net }) => isIPv6(net));
  for (const row of input.rows.filter(({ net }) => !isIPv6(net))) {
    try {
      const network = networkOf(row, ipv6, found.length === 0, input);
      if (network === undefined) {
        notes.push(
          `networks row net=${row.net} is left out of DHCP: this machine has no address in it; its dhcpserver would name one`,
        );
      } else found.push({ ...network, hasDhcp: isServed(network, input) });
    } catch (error) {
      if (!(error instanceof StateliteError)) throw error;
      notes.push(`networks row net=${row.net} is left out of DHCP: ${error.message}`);
    }
  }
  return { networks: found, notes };
}

function isServed(network: BootNetwork, { dhcpOn, interfaces }: NetworksInput): boolean {
  const nic = interfaceOf(network, interfaces);
  return dhcpOn === undefined || (nic !== undefined && dhcpOn.has(nic));
}

/** The NIC that is in the network; undefined if this machine has no address there. */
export function interfaceOf(
  { interface: nic, server }: Pick<BootNetwork, 'interface' | 'server'>,
  interfaces: readonly OwnAddress[],
): string | undefined {
  return nic ?? interfaces.find(({ address }) => address === server)?.interface;
}

/** Key and columns of a row; what nothing was said of is absent. */
export type NetworkColumns = Partial<NetworkRow> & Pick<NetworkRow, 'net' | 'mask'>;

/** The rows that let `networksOf` find the network again. */
export function networkRows(network: BootNetwork): NetworkColumns[] {
  const { address, netmask, server, range, gateway, nameservers, domain, network6 } = network;
  const nic = network.interface === undefined ? {} : { mgtifname: network.interface };
  const row = {
    net: address,
    mask: netmask,
    dhcpserver: server,
    ...nic,
    ...(range === undefined ? {} : { dynamicrange: `${range.first}-${range.last}` }),
    ...(gateway === undefined ? {} : { gateway }),
    ...(nameservers.length === 0 ? {} : { nameservers: nameservers.join(',') }),
    ...(domain === undefined ? {} : { domain }),
  };
  if (network6 === undefined) return [row];
  return [row, { net: network6.address, mask: `/${network6.length}`, ...nic }];
}

/** The rows as they will be with those of `network`: in their places, new ones last. */
export function withNetwork(rows: readonly NetworkRow[], network: BootNetwork): NetworkRow[] {
  const added = networkRows(network);
  const changed = rows.map((row) => ({ ...row, ...added.find((one) => isSame(one, row)) }));
  const others = added.filter((one) => !rows.some((row) => isSame(one, row)));
  return [...changed, ...others.map((columns) => ({ ...blank, ...columns }))];
}

function isSame(a: NetworkColumns, b: NetworkColumns): boolean {
  return a.net === b.net && a.mask === b.mask;
}

/** What becomes of the rows, in words: the columns that another value is written to. */
export function rowChanges(rows: readonly NetworkRow[], network: BootNetwork): string[] {
  return networkRows(network).map((row) => {
    const old = rows.find((one) => isSame(one, row));
    const now = new Map<string, unknown>(Object.entries(old ?? {}));
    const changed = Object.entries(row).filter(([column, value]) => now.get(column) !== value);
    const words = changed.map(([column, value]) => `${column}=${value}`).join(', ');
    return `networks row net=${row.net}: ${words === '' ? 'unchanged' : words}`;
  });
}

const blank: NetworkRow = {
  netname: null,
  net: '',
  mask: '',
  mgtifname: null,
  gateway: null,
  dhcpserver: null,
  tftpserver: null,
  nameservers: null,
  ntpservers: null,
  logservers: null,
  dynamicrange: null,
  staticrange: null,
  staticrangeincrement: null,
  nodehostname: null,
  ddnsdomain: null,
  vlanid: null,
  domain: null,
  mtu: null,
  comments: null,
  disable: null,
};

function networkOf(
  row: NetworkRow,
  ipv6: readonly NetworkRow[],
  isFirst: boolean,
  { master, domain, interfaces }: NetworksInput,
): BootNetwork | undefined {
  const network = `${row.net}/${prefixLength(row.mask)}`;
  const given = [row.dhcpserver, row.tftpserver, master].flatMap((text) => text ?? []);
  const server = [...given, ...interfaces.map(({ address }) => address)].find(withinRow(row));
  if (server === undefined) return undefined;
  const own = interfaces.map(({ address }) => address).filter(withinRow(row));
  if (own.length > 0 && !own.includes(server)) {
    throw new StateliteError(
      'ERR_STATELITE_TABLE',
      `its DHCP server is ${server}, and this machine is ${own.join(', ')} there`,
      {
        hint: `chtab net=${row.net} networks.dhcpserver=${own[0]}, if this machine is to serve it`,
      },
    );
  }
  const announced = ipv6.find(({ mgtifname }) =>
    mgtifname === null ? isFirst : mgtifname === row.mgtifname,
  );
  const gateway = row.gateway === '<xcatmaster>' ? server : row.gateway;
  const range = row.dynamicrange === null ? undefined : splitList(row.dynamicrange)[0];
  return parseNetwork({
    network,
    server: [server],
    interface: row.mgtifname?.replace(/^!remote!/, ''),
    range,
    domain: row.domain ?? domain,
    gateway: gateway ?? undefined,
    nameserver: addressesOf(row.nameservers, server),
    ntpserver: addressesOf(row.ntpservers, server),
    mtu: row.mtu ?? undefined,
    network6: announced && `${announced.net}${announced.mask}`,
  });
}

/** `<xcatmaster>` is this machine; a name is nothing that DHCP could tell. */
function addressesOf(servers: string | null, server: string): string[] {
  return splitList(servers ?? '')
    .map((text) => (text === '<xcatmaster>' ? server : text))
    .filter(isIPv4);
}

/** Whether an address is in the network of a row. ERR_STATELITE_TABLE if the row describes none. */
function withinRow({ net, mask }: NetworkRow): (address: string) => boolean {
  const length = Number(prefixLength(mask));
  if (!isIPv4(net) || !Number.isInteger(length) || length > 32) {
    throw new StateliteError('ERR_STATELITE_TABLE', `${net} with mask ${mask} is no network`, {
      hint: 'write e.g. net=10.77.0.0,mask=255.255.255.0',
    });
  }
  const block = new BlockList();
  block.addSubnet(net, length, 'ipv4');
  return (address) => isIPv4(address) && block.check(address, 'ipv4');
}

/** `255.255.255.0` or `/24`. */
function prefixLength(mask: string): string {
  if (!isIPv4(mask)) return mask.replace(/^\//, '');
  const bits = mask.split('.').map((byte) => Number(byte).toString(2).padStart(8, '0'));
  return /^(1*)0*$/.exec(bits.join(''))?.[1]?.length.toString() ?? mask;
}
