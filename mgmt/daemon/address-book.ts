import { isIP, isIPv4, SocketAddress } from 'node:net';

/** The columns of the hosts table that say who has which address. */
export interface HostRow {
  readonly node: string;
  readonly ip: string | null;
  readonly otherinterfaces: string | null;
}

export interface AddressBook {
  readonly identify: (address: string) => string | undefined;
  /** Addresses that two nodes claim: neither is answered there. */
  readonly ambiguous: readonly { readonly address: string; readonly nodes: readonly string[] }[];
}

/**
 * Who is asking is decided by the source address and the hosts table alone. Values that are no
 * addresses (groups have patterns there) and nodes that are not in `nodes` count for nothing.
 */
export function createAddressBook(
  rows: readonly HostRow[],
  nodes: ReadonlySet<string>,
): AddressBook {
  const claims = new Map<string, Set<string>>();
  for (const row of rows.filter(({ node }) => nodes.has(node))) {
    for (const address of addressesOf(row)) {
      const claimants = claims.get(address);
      if (claimants === undefined) claims.set(address, new Set([row.node]));
      else claimants.add(row.node);
    }
  }
  const book = new Map<string, string>();
  const ambiguous: { address: string; nodes: string[] }[] = [];
  for (const [address, [node, ...others]] of claims) {
    if (node !== undefined && others.length === 0) book.set(address, node);
    else if (node !== undefined) ambiguous.push({ address, nodes: [node, ...others] });
  }
  return { identify: (address) => book.get(normalAddress(address) ?? ''), ambiguous };
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

/** `otherinterfaces` is `-eth1:10.0.0.5,ib0:10.1.0.5|10.2.0.5`. */
function addressesOf({ ip, otherinterfaces }: HostRow): string[] {
  const others = (otherinterfaces ?? '')
    .split(',')
    .map((item) => item.slice(item.indexOf(':') + 1));
  return [ip ?? '', ...others]
    .flatMap((value) => value.split('|'))
    .map(normalAddress)
    .filter((address) => address !== undefined);
}
