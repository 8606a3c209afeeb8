import { BlockList, isIP, isIPv4 } from 'node:net';
import type { Cluster } from '../core/cluster.ts';
import { tables } from '../db/tables.ts';

/** Stock writes them at the end, the other way round. */
const last = ['disable', 'comments'];

type Network = Cluster['rows']['networks'][number];

/** `NETWORKS_LINES`, and a line of `column=value` with `||` between for each network, as in stock xCAT. */
export function networkVariables({ rows }: Cluster): (readonly [string, string])[] {
  const plain = Object.keys(tables.networks.columns).filter((column) => !last.includes(column));
  const lines = rows.networks.map((network) => {
    const values = new Map<string, string | null>(Object.entries(network));
    return [...plain, ...last].map((column) => `${column}=${values.get(column) ?? ''}`).join('||');
  });
  return [
    ['NETWORKS_LINES', String(lines.length)],
    ...lines.map((text, index): [string, string] => [`NETWORKS_LINE${index + 1}`, text]),
  ];
}

/** The network that an address is in; of several, the first row's. */
export function networkOf(address: string, { rows }: Cluster): Network | undefined {
  const family = isIP(address);
  return family === 0 ? undefined : rows.networks.find((network) => holds(network, address));
}

function holds({ net, mask }: Network, address: string): boolean {
  const [prefix, family] = isIPv4(net)
    ? [prefixOf(mask), 'ipv4' as const]
    : [/^\/?(?<bits>\d{1,3})$/u.exec(mask)?.groups?.['bits'], 'ipv6' as const];
  if (isIP(net) === 0 || prefix === undefined || isIP(net) !== isIP(address)) return false;
  const bits = Number(prefix);
  if (bits > (family === 'ipv4' ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(net, bits, family);
  return list.check(address, family);
}

/** `255.255.255.0` is 24; a mask with holes is none. */
function prefixOf(mask: string): number | undefined {
  const plain = /^\/?(?<bits>\d{1,2})$/u.exec(mask)?.groups?.['bits'];
  if (plain !== undefined) return Number(plain);
  if (!isIPv4(mask)) return undefined;
  const binary = mask
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/u.test(binary) ? binary.replaceAll('0', '').length : undefined;
}
