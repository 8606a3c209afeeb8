import { hostname } from 'node:os';
import { hasCode } from '../../agent/errors.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';
import { expandNoderange } from '../core/noderange.ts';
import { dhcpInterfaces } from './dhcp-interfaces.ts';
import type { BootNetwork } from './network.ts';
import { networksOf, type OwnAddress, withNetwork } from './networks.ts';
import { ownAddresses } from './own-addresses.ts';

/** The networks of the tables that this machine serves, and one that is not in them yet. */
export function networksIn(cluster: Cluster, added?: BootNetwork) {
  const { rows: tables, site } = cluster;
  const rows = added === undefined ? tables.networks : withNetwork(tables.networks, added);
  const [master, domain] = [site.get('master'), site.get('domain')];
  const interfaces = ownAddresses();
  const dhcpOn = servedOn(cluster, interfaces);
  const found = networksOf({ rows, master, domain, interfaces, dhcpOn });
  const unserved = found.networks.filter(({ cidr, hasDhcp }) => !hasDhcp && cidr === added?.cidr);
  const notes = unserved.map(({ cidr }) => noDhcp(`in ${cidr}`, dhcpOn));
  const isNowhere = found.networks.length > 0 && !found.networks.some(({ hasDhcp }) => hasDhcp);
  if (isNowhere && notes.length === 0) notes.push(noDhcp('in any network', dhcpOn));
  return { interfaces, networks: found.networks, notes: [...found.notes, ...notes] };
}

function servedOn(cluster: Cluster, interfaces: readonly OwnAddress[]) {
  const { site, groupsOf } = cluster;
  return dhcpInterfaces(site.get('dhcpinterfaces'), {
    hostname: hostname(),
    addresses: new Set(interfaces.map(({ address }) => address)),
    master: site.get('master'),
    groupsOf,
    nodesOf: (range) => unless(() => expandNoderange(range, cluster, { plainOnly: true })),
    addressOf: (node) => unless(() => attributeOf(cluster, node, 'hosts', 'ip')),
  });
}

/** Undefined for what the tables have no answer to. */
function unless<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (hasCode(error, ...aboutTables)) return undefined;
    throw error;
  }
}

const aboutTables = ['NODERANGE', 'USAGE', 'ROW', 'TABLE'].map((name) => `ERR_STATELITE_${name}`);

function noDhcp(where: string, dhcpOn: ReadonlySet<string> = new Set()): string {
  const nics = dhcpOn.size === 0 ? 'no NIC of this machine' : [...dhcpOn].join(', ');
  return `no DHCP is served ${where}: site.dhcpinterfaces names ${nics}; chtab key=dhcpinterfaces site.value=NIC changes that`;
}
