import { isIPv6 } from 'node:net';
import { nodeOfLine } from './hosts-lines.ts';

/**
 * What cannot be meant in lines of `hostLines`, for the operator: a name with two addresses, of which
 * a resolver gives either, and an address of two nodes. Names are the same in any case of letters; an
 * IPv4 and an IPv6 address go together.
 */
export function clashes(lines: readonly string[]): string[] {
  const byName = new Map<string, string>();
  const byAddress = new Map<string, string>();
  const found = new Set<string>();
  for (const line of lines) {
    const [address = '', ...names] = line.replace(/#.*/u, '').trim().split(/\s+/u);
    const node = nodeOfLine(line) ?? '';
    const owner = byAddress.get(address) ?? node;
    byAddress.set(address, owner);
    if (owner !== node) found.add(`${address} belongs to ${owner} and to ${node}`);
    for (const name of names) {
      const key = `${isIPv6(address) ? 6 : 4} ${name.toLowerCase()}`;
      const other = byName.get(key) ?? address;
      byName.set(key, other);
      if (other !== address) found.add(`${name} is ${other} and ${address}`);
    }
  }
  return [...found];
}
