import { isIP, isIPv4, SocketAddress } from 'node:net';
import { hasCode } from '../../agent/errors.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';

/** The columns of the hosts table that say who has which address. */
const columns = ['ip', 'otherinterfaces'] as const;

export interface AddressBook {
  readonly identify: (address: string) => string | undefined;
  /** Addresses that two nodes claim: neither is answered there. */
  readonly ambiguous: readonly { readonly address: string; readonly nodes: readonly string[] }[];
  /** Why a column of a node tells no address, each naming row, column and node. */
  readonly problems: readonly string[];
}

/**
 * Who is asking is decided by the source address and the hosts table alone, as it counts for each
 * node: a group's row `|cn(\d+)|10.0.0.($1)|` gives all its nodes their addresses. What is no
 * address counts for nothing. Linear in the nodes.
 */
export function createAddressBook(cluster: Cluster): AddressBook {
  const claims = new Map<string, Set<string>>();
  const problems: string[] = [];
  const claim = (node: string, address: string) => {
    const claimants = claims.get(address);
    if (claimants === undefined) claims.set(address, new Set([node]));
    else claimants.add(node);
  };
  for (const node of cluster.nodes) {
    for (const address of addressesOf(node, cluster, problems)) claim(node, address);
  }
  for (const { node: name, ip, otherinterfaces } of cluster.rows.hosts) {
    const node = nodeOfInterface(name, cluster);
    if (node === undefined) continue;
    for (const address of [...addressesIn(ip ?? ''), ...otherAddresses(otherinterfaces ?? '')]) {
      claim(node, address);
    }
  }
  const book = new Map<string, string>();
  const ambiguous: { address: string; nodes: string[] }[] = [];
  for (const [address, [node, ...others]] of claims) {
    if (node !== undefined && others.length === 0) book.set(address, node);
    else if (node !== undefined) ambiguous.push({ address, nodes: [node, ...others] });
  }
  return { identify: (address) => book.get(normalAddress(address) ?? ''), ambiguous, problems };
}

/** What an address book follows from: clusters with the same text have the same one. */
export function addressOrigin({ rows, hierarchical }: Cluster): string {
  const nodes = rows.nodelist.map(({ node, groups }) => [node, groups]);
  return JSON.stringify([rows.hosts, nodes, [...hierarchical]]);
}

/**
 * One spelling for each address: IPv4-mapped IPv6 as IPv4, IPv6 as inet_ntop(3) writes it and
 * without a zone. Undefined for anything that is no address.
 */
export function normalAddress(text: string): string | undefined {
  const address = text.trim().replace(/%.*$/, '');
  const family = isIP(address);
  if (family === 0) return undefined;
  if (family === 4) return address;
  const { address: written } = new SocketAddress({ address, family: 'ipv6' });
  const mapped = /^::ffff:(.+)$/i.exec(written)?.[1];
  return mapped !== undefined && isIPv4(mapped) ? mapped : written;
}

/** The addresses of a node's own columns, whatever its groups' rows make of its name. */
function addressesOf(node: string, cluster: Cluster, problems: string[]): string[] {
  const [ip = '', otherinterfaces = ''] = columns.map((column) => {
    try {
      return attributeOf(cluster, node, 'hosts', column);
    } catch (error) {
      if (!hasCode(error, 'ERR_STATELITE_ROW')) throw error;
      problems.push(error.message);
      return undefined;
    }
  });
  return [...addressesIn(ip), ...otherAddresses(otherinterfaces)];
}

/**
 * The node that a row of the hosts table named `cn1-ib0` speaks for: a name that is no node and no
 * group, with what stock takes off a host name (reference 6.2).
 */
function nodeOfInterface(name: string, { nodes, groups }: Cluster): string | undefined {
  const node = /^(?<node>.+)-(?:eth|myri|ib)\d+$/u.exec(name)?.groups?.['node'];
  if (node === undefined || !nodes.has(node) || nodes.has(name) || groups.has(name)) return;
  return node;
}

/**
 * `-eth1:10.0.0.5,cn1-ib0:10.1.0.5|10.2.0.5`: a suffix of the node's name or a name, and the
 * address. The names are for makehosts.
 */
function otherAddresses(text: string): string[] {
  return text.split(',').flatMap((item) => {
    const named = addressesIn(item.slice(item.indexOf(':') + 1));
    // Without its name an IPv6 address has a colon too.
    return named.length > 0 ? named : addressesIn(item);
  });
}

function addressesIn(text: string): string[] {
  return text
    .split('|')
    .map(normalAddress)
    .filter((address) => address !== undefined);
}
