import { BlockList, isIP } from 'node:net';
import { normalAddress } from './address-book.ts';

/** Who may read the metrics without a certificate, by site.metricsfrom. */
export interface MetricsFrom {
  readonly includes: (address: string) => boolean;
  /** Words of the value that are neither address nor network; they let nobody in. */
  readonly unknown: readonly string[];
}

const loopback = '127.0.0.0/8,::1';

/** `10.0.0.5,10.1.0.0/16,fd00::/8`; undefined is this machine only. */
export function parseMetricsFrom(value: string = loopback): MetricsFrom {
  const list = new BlockList();
  const words = value.split(/[\s,]+/u).filter((word) => word !== '');
  const unknown = words.filter((word) => !add(list, word));
  return {
    includes: (text) => {
      const address = normalAddress(text);
      return address !== undefined && list.check(address, familyOf(address));
    },
    unknown,
  };
}

function add(list: BlockList, word: string): boolean {
  const [text = '', bits, ...more] = word.split('/');
  const address = normalAddress(text);
  if (address === undefined || more.length > 0) return false;
  const most = isIP(address) === 4 ? 32 : 128;
  if (bits === undefined) {
    list.addAddress(address, familyOf(address));
    return true;
  }
  if (!/^\d{1,3}$/u.test(bits) || Number(bits) > most) return false;
  list.addSubnet(address, Number(bits), familyOf(address));
  return true;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
