import { splitList } from '../core/list.ts';

/** This machine, as site.dhcpinterfaces may name it. */
export interface WhoServes {
  /** Its host name, with or without the domain. */
  readonly hostname: string;
  /** The groups of a node. */
  readonly groupsOf: (node: string) => readonly string[];
}

/**
 * The NICs that site.dhcpinterfaces lets this machine serve DHCP on; undefined if it sets no limit.
 * `eth1,eth2` is for every server, `mn|eth1;service|bond0` for those of a name or group (site(5) of
 * xCAT). `eth1:noboot` keeps stock from booting unknown machines there, which get nothing to boot
 * here in any case.
 */
export function dhcpInterfaces(
  text: string | undefined,
  { hostname, groupsOf }: WhoServes,
): ReadonlySet<string> | undefined {
  const entries = (text ?? '').split(';').filter((entry) => entry.trim() !== '');
  if (entries.length === 0) return undefined;
  const short = hostname.split('.', 1).join();
  const own = new Set([hostname, short, '__mgmtnode', ...groupsOf(hostname), ...groupsOf(short)]);
  const nics = entries.flatMap((entry) => {
    const [who, list] = entry.includes('|') ? entry.split('|', 2) : [undefined, entry];
    const isOurs = who === undefined || splitList(who).some((name) => own.has(name));
    return isOurs ? splitList(list ?? null) : [];
  });
  return new Set(nics.map((nic) => nic.replace(/^!remote!/u, '').replace(/:noboot$/u, '')));
}
