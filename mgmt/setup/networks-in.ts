import type { Cluster } from '../core/cluster.ts';
import type { BootNetwork } from './network.ts';
import { networksOf, withNetwork } from './networks.ts';
import { ownAddresses } from './own-addresses.ts';

/** The networks of the tables that this machine serves, and one that is not in them yet. */
export function networksIn(
  { rows: tables, site }: Pick<Cluster, 'rows' | 'site'>,
  added?: BootNetwork,
) {
  const rows = added === undefined ? tables.networks : withNetwork(tables.networks, added);
  const [master, domain] = [site.get('master'), site.get('domain')];
  const interfaces = ownAddresses();
  return { interfaces, ...networksOf({ rows, master, domain, interfaces }) };
}
