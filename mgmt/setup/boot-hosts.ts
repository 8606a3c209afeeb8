import { isIPv4 } from 'node:net';
import { StateliteError } from '../../agent/errors.ts';
import { bootMac } from '../bootfiles/boot-mac.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';
import { foldNames } from '../core/fold-names.ts';
import { type NetbootTag, netbootTag } from './boot-programs.ts';

/** A node that DHCP knows. */
export interface BootHost {
  readonly node: string;
  readonly mac: string;
  readonly ip: string;
  readonly loader: NetbootTag;
}

export interface BootHosts {
  readonly hosts: readonly BootHost[];
  /** Nodes that have none. */
  readonly left: readonly string[];
  /** Why nodes are left out, for the operator; the same reason once. */
  readonly notes: readonly string[];
}

/** Why a node is left out: in words of its own, and in those that others share. */
interface Reason {
  readonly node: string;
  readonly own: string;
  readonly shared: string;
}

/**
 * Of the nodes, all unless some are named, those with a MAC address and an IPv4 address in a network.
 * Nodes whose address is `elsewhere` are left out without a word: another DHCP server has them.
 */
export function bootHosts(
  cluster: Cluster,
  contains: (address: string) => boolean,
  nodes: Iterable<string> = cluster.nodes,
  elsewhere: (address: string) => boolean = () => false,
): BootHosts {
  const hosts: BootHost[] = [];
  const left: string[] = [];
  const reasons: Reason[] = [];
  const owner = new Map<string, string>();
  for (const node of nodes) {
    const found = bootHost(node, cluster, { contains, elsewhere });
    const host = found === undefined || 'own' in found ? found : unlessTaken(found, owner);
    if (host === undefined || 'own' in host) {
      left.push(node);
      if (host !== undefined) reasons.push(host);
    } else {
      for (const key of [host.mac, host.ip]) owner.set(key, node);
      hosts.push(host);
    }
  }
  return { hosts, left, notes: notesOf(reasons) };
}

function unlessTaken(host: BootHost, owner: ReadonlyMap<string, string>): BootHost | Reason {
  const taken = [host.mac, host.ip].find((key) => owner.has(key));
  if (taken === undefined) return host;
  return reasonOf(host.node, `${taken} belongs to ${owner.get(taken)}`);
}

function notesOf(reasons: readonly Reason[]): string[] {
  return [...Map.groupBy(reasons, ({ shared }) => shared)].map(([shared, alike]) => {
    const [first] = alike;
    if (first !== undefined && alike.length === 1) {
      return `${first.node} is left out of DHCP: ${first.own}`;
    }
    return `${foldNames(alike.map(({ node }) => node))} are left out of DHCP: ${shared}`;
  });
}

function bootHost(
  node: string,
  cluster: Cluster,
  { contains, elsewhere }: Readonly<Record<'contains' | 'elsewhere', (address: string) => boolean>>,
): BootHost | Reason | undefined {
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/.test(node)) {
    return reasonOf(node, 'its name cannot be a host name', 'their names cannot be host names');
  }
  try {
    const ip = attributeOf(cluster, node, 'hosts', 'ip');
    if (ip === undefined) {
      const remedy = `no address, chtab node=${node} hosts.ip=...`;
      return reasonOf(node, `it has ${remedy}`, `they have ${remedy}`);
    }
    if (elsewhere(ip)) return undefined;
    if (!isIPv4(ip) || !contains(ip)) {
      const where = 'in no network that DHCP is served in';
      return reasonOf(node, `its address ${ip} is ${where}`, `their addresses are ${where}`);
    }
    return {
      node,
      mac: bootMac(attributeOf(cluster, node, 'mac', 'mac'), node),
      ip,
      loader: netbootTag(attributeOf(cluster, node, 'noderes', 'netboot'), node),
    };
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    return reasonOf(node, `${error.message}; ${error.hint ?? ''}`);
  }
}

/** Words that differ in a command's node only are the same for all. */
function reasonOf(node: string, own: string, shared = own): Reason {
  return { node, own, shared: shared.replaceAll(`node=${node} `, 'node=NODE ') };
}
