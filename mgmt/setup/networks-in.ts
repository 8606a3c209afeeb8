import { hostname } from 'node:os';
import type { Cluster } from '../core/cluster.ts';
import { dhcpInterfaces } from './dhcp-interfaces.ts';
import type { BootNetwork } from './network.ts';
import { networksOf, withNetwork } from './networks.ts';
import { ownAddresses } from './own-addresses.ts';

/** The networks of the tables that this machine serves, and one that is not in them yet. */
export function networksIn(
  { rows: tables, site, groupsOf }: Pick<Cluster, 'rows' | 'site' | 'groupsOf'>,
  added?: BootNetwork,
) {
  const rows = added === undefined ? tables.networks : withNetwork(tables.networks, added);
  const [master, domain] = [site.get('master'), site.get('domain')];
  const interfaces = ownAddresses();
  const dhcpOn = dhcpInterfaces(site.get('dhcpinterfaces'), { hostname: hostname(), groupsOf });
  const found = networksOf({ rows, master, domain, interfaces, dhcpOn });
  const unserved = found.networks.filter(({ cidr, hasDhcp }) => !hasDhcp && cidr === added?.cidr);
  const notes = unserved.map(({ cidr }) => noDhcp(`in ${cidr}`, dhcpOn));
  const isNowhere = found.networks.length > 0 && !found.networks.some(({ hasDhcp }) => hasDhcp);
  if (isNowhere && notes.length === 0) notes.push(noDhcp('in any network', dhcpOn));
  return { interfaces, networks: found.networks, notes: [...found.notes, ...notes] };
}

function noDhcp(where: string, dhcpOn: ReadonlySet<string> = new Set()): string {
  const nics = dhcpOn.size === 0 ? 'no NIC of this machine' : [...dhcpOn].join(', ');
  return `no DHCP is served ${where}: site.dhcpinterfaces names ${nics}; chtab key=dhcpinterfaces site.value=NIC changes that`;
}
