import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from '../core/cluster.ts';
import { foldNames } from '../core/fold-names.ts';
import { type BootHost, bootHosts } from '../setup/boot-hosts.ts';
import { inDhcp, readReservations, reservationFiles } from '../setup/dhcp-files.ts';
import { changeReservations, inOrder, newReservations } from '../setup/reservations.ts';

/** Reservations as the tables have them now. */
export interface Again {
  /** By file. */
  readonly texts: ReadonlyMap<string, string>;
  /** What writes them. */
  readonly command: string;
}

/**
 * The reservations of the nodes that have one, as makedhcp would write them now. A node need not have
 * one: `nodeset offline` and `makedhcp -d` take it away. Whether those that boot do is another check's.
 */
export async function reservationsAgain(
  dhcp: Parameters<typeof readReservations>[0],
  cluster: Cluster,
): Promise<Again> {
  const now = await readReservations(dhcp);
  const { hosts, command } = wantedReservations(now, cluster, inDhcp(dhcp.networks));
  const files = reservationFiles(dhcp, hosts);
  return { texts: new Map(files.map(({ path, text }) => [path, text])), command };
}

/** `contains` says whether an address is in a network that DHCP is served in. */
export function wantedReservations(
  now: readonly BootHost[],
  cluster: Cluster,
  contains: (address: string) => boolean,
): { readonly hosts: readonly BootHost[]; readonly command: string } {
  const isNode = (name: string) => cluster.nodes.has(name);
  const names = now.map(({ node }) => node);
  const gone = names.filter((name) => !isNode(name));
  const known = names.filter(isNode).toSorted(); // as a noderange has them
  const kept = changeReservations(now, { remove: gone }, isNode).hosts;
  const set = bootHosts(cluster, contains, known);
  const { hosts } = changeReservations(kept, { set, all: false }, isNode);
  const every = inOrder(bootHosts(cluster, contains).hosts);
  if (isDeepStrictEqual(every, hosts)) return { hosts, command: 'makedhcp -a' };
  const isOld = hosts.length !== kept.length || newReservations(kept, hosts).length > 0;
  const commands = [
    ...(gone.length === 0 ? [] : [`makedhcp -d ${foldNames(gone)}`]),
    ...(isOld || gone.length === 0 ? [`makedhcp ${foldNames(known) || '-a'}`] : []),
  ];
  return { hosts, command: commands.join('; then ') };
}
