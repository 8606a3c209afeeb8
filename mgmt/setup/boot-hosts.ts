import { isIPv4 } from 'node:net';
import { StateliteError } from '../../agent/errors.ts';
import { bootMac } from '../bootfiles/boot-mac.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';
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
  /** Why a node is left out, for the operator. */
  readonly notes: readonly string[];
}

/** Of the nodes, all unless some are named, those with a MAC address and an IPv4 address in a network. */
export function bootHosts(
  cluster: Cluster,
  contains: (address: string) => boolean,
  nodes: Iterable<string> = cluster.nodes,
): BootHosts {
  const hosts: BootHost[] = [];
  const notes: string[] = [];
  const owner = new Map<string, string>();
  for (const node of nodes) {
    const host = bootHost(node, cluster, contains);
    if (typeof host === 'string') {
      notes.push(`${node} is left out of DHCP: ${host}`);
      continue;
    }
    const keys = [host.mac, host.ip];
    const taken = keys.find((key) => owner.has(key));
    if (taken === undefined) {
      for (const key of keys) owner.set(key, node);
      hosts.push(host);
    } else notes.push(`${node} is left out of DHCP: ${taken} belongs to ${owner.get(taken)}`);
  }
  return { hosts, notes };
}

/** A text says why there is none. */
function bootHost(
  node: string,
  cluster: Cluster,
  contains: (address: string) => boolean,
): BootHost | string {
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/.test(node)) return 'its name cannot be a host name';
  try {
    const ip = attributeOf(cluster, node, 'hosts', 'ip');
    if (ip === undefined) return `it has no address, chtab node=${node} hosts.ip=...`;
    if (!isIPv4(ip) || !contains(ip))
      return `its address ${ip} is in no network that DHCP is served in`;
    return {
      node,
      mac: bootMac(attributeOf(cluster, node, 'mac', 'mac'), node),
      ip,
      loader: netbootTag(attributeOf(cluster, node, 'noderes', 'netboot'), node),
    };
  } catch (error) {
    if (error instanceof StateliteError) return `${error.message}; ${error.hint ?? ''}`;
    throw error;
  }
}
