import { BlockList, isIP, isIPv4 } from 'node:net';

/** A machine that mounts. */
export interface Client {
  readonly name: string;
  readonly address: string;
}

/**
 * Whether an export's client is this machine. Undefined if only the server can tell: a netgroup,
 * or a name that DNS may give to it.
 */
export function matchesClient(written: string, { name, address }: Client): boolean | undefined {
  if (written === '*') return true;
  if (written.startsWith('@')) return undefined;
  const [base = '', mask] = written.split('/');
  const family = isIP(base);
  if (family === 0) {
    const short = name.split('.', 1).join();
    return wildcard(written).test(name) || written.split('.', 1).join() === short
      ? true
      : undefined;
  }
  if (family !== isIP(address)) return false;
  const length = mask === undefined ? (family === 4 ? 32 : 128) : lengthOf(mask);
  if (length === undefined || length > (family === 4 ? 32 : 128)) return false;
  const block = new BlockList();
  block.addSubnet(base, length, family === 4 ? 'ipv4' : 'ipv6');
  return block.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** `24` and `255.255.255.0` are the same. */
function lengthOf(mask: string): number | undefined {
  if (/^\d{1,3}$/u.test(mask)) return Number(mask);
  if (!isIPv4(mask)) return undefined;
  const bits = mask.split('.').map((byte) => Number(byte).toString(2).padStart(8, '0'));
  return bits.join('').replace(/0+$/u, '').length;
}

/** exports(5): * and ? stand for letters, but not for dots. */
function wildcard(pattern: string): RegExp {
  const parts = pattern.replaceAll(/[.+^${}()|\\[\]]/gu, '\\$&');
  return new RegExp(`^${parts.replaceAll('*', '[^.]*').replaceAll('?', '[^.]')}$`, 'iu');
}
