import type { Cluster } from '../core/cluster.ts';
import { macIn } from './boot-mac.ts';
import type { SettableNode } from './plan.ts';

/** More are not read one by one. */
const mostShown = 10;

/**
 * Warnings of nodes that are set while another node of the tables, none of `named`, has their MAC or
 * IP address: who was set last is who boots. No error: a machine may be known by two names.
 * Groups' rows and values that are worked out are not looked at. Linear in the tables.
 */
export function sharedAddresses(
  nodes: readonly SettableNode[],
  named: Iterable<string>,
  { rows, nodes: all }: Pick<Cluster, 'rows' | 'nodes'>,
): string[] {
  const owners = new Map<string, string>();
  for (const { node, mac, address, files } of nodes) {
    if (files.length === 0) continue;
    if (mac !== undefined) owners.set(mac, node);
    if (address !== undefined) owners.set(address, node);
  }
  const asked = new Set(named);
  const others = <R extends { readonly node: string }>(table: readonly R[]) =>
    table.filter(({ node }) => all.has(node) && !asked.has(node));
  const shared = [
    ...others(rows.mac).map(({ node, mac }) => ({ node, address: macIn(mac ?? '', node) })),
    ...others(rows.hosts).map(({ node, ip }) => ({ node, address: ip ?? undefined })),
  ].flatMap(({ node, address }) => {
    const owner = address === undefined ? undefined : owners.get(address);
    return owner === undefined ? [] : [`${address} of ${owner} is an address of ${node} too`];
  });
  const [shown, more] = [shared.slice(0, mostShown), shared.length - mostShown];
  return [
    ...shown.map((text) => `${text}: who is set last boots; correct a mac or hosts row`),
    ...(more > 0 ? [`${more} more addresses are of two nodes`] : []),
  ];
}
