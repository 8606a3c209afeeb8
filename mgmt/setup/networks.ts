import { isIPv6 } from 'node:net';
import { StateliteError } from '../../agent/errors.ts';
import { isEnabled } from '../core/cluster.ts';
import { plain } from '../core/plain.ts';
import type { Row } from '../db/table.ts';
import type { networks } from '../db/site-tables.ts';
import type { BootNetwork } from './network.ts';
import { networkOfRow, prefixLength } from './network-row.ts';

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
  /** Rows and values that were left out, for the operator. */
  readonly notes: readonly string[];
}

/**
 * The networks that nodes boot from: the rows of `networks` that this machine has an address in. An
 * IPv6 row is announced on the interface that it names, else on that of the first network.
 */
export function networksOf(input: NetworksInput): Networks {
  const notes: string[] = [];
  const found: BootNetwork[] = [];
  const ipv6 = input.rows.filter(({ net }) => isIPv6(net)).filter((row) => isPrefix(row, notes));
  for (const row of input.rows.filter(({ net }) => !isIPv6(net))) {
    try {
      const announced = ipv6.find(({ mgtifname }) =>
        mgtifname === null ? found.length === 0 : mgtifname === row.mgtifname,
      );
      const network = networkOfRow(row, announced, input, notes);
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

function isPrefix(row: NetworkRow, notes: string[]): boolean {
  const length = prefixLength(row.mask);
  if (/^\d{1,3}$/u.test(length) && Number(length) <= 128) return true;
  notes.push(`networks row net=${row.net} is not announced: its mask ${plain(row.mask)} is no /64`);
  return false;
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
  const { address, netmask, server, ranges, gateway, nameservers, domain, network6 } = network;
  const nic = network.interface === undefined ? {} : { mgtifname: network.interface };
  const row = {
    net: address,
    mask: netmask,
    dhcpserver: server,
    ...nic,
    ...(ranges.length === 0
      ? {}
      : { dynamicrange: ranges.map(({ first, last }) => `${first}-${last}`).join(';') }),
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
    const all = old === undefined || isEnabled(old) ? row : { ...row, disable: null };
    const changed = Object.entries(all).filter(([column, value]) => now.get(column) !== value);
    const words = changed.map(([column, value]) => `${column}=${value ?? ''}`).join(', ');
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
