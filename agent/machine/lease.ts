import type { StaticAddress } from '../protocol/cmdline.ts';

/** What DHCP said, or what `ip=` says; missing parts are '' or empty. */
export interface Lease {
  readonly interface: string;
  readonly address: string;
  readonly netmask: string;
  readonly gateway: string;
  readonly hostname: string;
  readonly domain: string;
  readonly nameservers: readonly string[];
}

/** Reads the `key=value` lines that the udhcpc script writes. */
export function parseLease(text: string, device: string): Lease {
  const values = new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const at = line.indexOf('=');
      return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
  const value = (key: string): string => values.get(key) ?? '';
  return {
    interface: device,
    address: value('ip'),
    netmask: value('subnet') || '255.255.255.0',
    gateway: value('router').split(' ')[0] ?? '',
    hostname: value('hostname'),
    domain: value('domain'),
    nameservers: value('dns').split(' ').filter(Boolean),
  };
}

export function leaseOf(ip: StaticAddress, device: string): Lease {
  const { address, netmask, gateway, hostname } = ip;
  return { interface: device, address, netmask, gateway, hostname, domain: '', nameservers: [] };
}

/** resolv.conf(5) for a lease, '' without name servers. */
export function renderResolvConf({ nameservers, domain }: Lease): string {
  if (nameservers.length === 0) return '';
  const search = domain === '' ? [] : [`search ${domain}`];
  return [...search, ...nameservers.map((server) => `nameserver ${server}`), ''].join('\n');
}
