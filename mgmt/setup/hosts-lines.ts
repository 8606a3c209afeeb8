import { BlockList, isIP, isIPv4 } from 'node:net';
import { StateliteError } from '../../agent/errors.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';
import { splitList, splitWords } from '../core/list.ts';

export interface HostLines {
  /** By node, in their order; a line for the node, and one for each of its other interfaces. */
  readonly lines: ReadonlyMap<string, readonly string[]>;
  /** Why a node or an interface is left out, for the operator. */
  readonly notes: readonly string[];
}

export interface HostLinesOptions {
  /** `n1.domain n1` instead of `n1 n1.domain`. */
  readonly longFirst?: boolean | undefined;
}

/**
 * Lines of hosts(5) from hosts.ip, hostnames and otherinterfaces, in xCAT's order of names: short,
 * long, then hosts.hostnames. The domain is that of the address' network, else site.domain.
 */
export function hostLines(
  nodes: readonly string[],
  cluster: Cluster,
  { longFirst = false }: HostLinesOptions = {},
): HostLines {
  const lines = new Map<string, string[]>();
  const notes: string[] = [];
  const domainOf = domains(cluster);
  const lineOf = (address: string, name: string, aliases: readonly string[]) => {
    const domain = domainOf(address);
    const [short = name] = name.split('.', 1);
    const long = domain === undefined || name.includes('.') ? name : `${name}.${domain}`;
    const names = longFirst ? [long, short] : [short, long];
    return [address, ...new Set([...names, ...aliases])].join(' ');
  };
  for (const node of nodes) {
    try {
      const addresses = addressesOf(node, cluster);
      lines.set(
        node,
        addresses.map(({ address, name, aliases }) => {
          const line = lineOf(address, name, aliases);
          // The first name tells the node, but where it has a dot or is another interface's.
          return name === node && !name.includes('.') ? line : `${line} # ${node}`;
        }),
      );
    } catch (error) {
      if (!(error instanceof StateliteError)) throw error;
      notes.push(`${node} is left out: ${error.message}`);
    }
  }
  return { lines, notes };
}

/** The node that a line of `hostLines` is for. */
export function nodeOfLine(line: string): string | undefined {
  const [text = '', comment] = line.split('#', 2);
  const [, name] = text.trim().split(/\s+/);
  return comment === undefined ? name?.split('.', 1)[0] : comment.trim();
}

interface Named {
  readonly address: string;
  readonly name: string;
  readonly aliases: readonly string[];
}

function addressesOf(node: string, cluster: Cluster): Named[] {
  const value = (column: string) => attributeOf(cluster, node, 'hosts', column);
  const ip = value('ip');
  if (ip === undefined) throw problem('it has no address', `chtab node=${node} hosts.ip=...`);
  const aliases = splitWords(value('hostnames'));
  const others = splitList(value('otherinterfaces') ?? null).map((text) => {
    // `-ib0:10.1.0.7` is <node>-ib0; an IPv6 address has colons of its own.
    const [, name = '', address = ''] = /^([^:]*):(.*)$/.exec(text) ?? [];
    return { address, name: name.startsWith('-') ? node + name : name, aliases: [] };
  });
  return [{ address: ip, name: node, aliases }, ...others].map(checked);
}

/** Names and addresses go into a file that this machine trusts: blanks and line ends stay out. */
function checked(named: Named): Named {
  const { address, name, aliases } = named;
  if (isIP(address) === 0) throw problem(`${JSON.stringify(address)} of ${name} is no address`);
  const bad = [name, ...aliases].find((word) => !/^[A-Za-z0-9][\w.-]{0,252}$/.test(word));
  if (bad !== undefined) throw problem(`${JSON.stringify(bad)} is no host name`);
  return named;
}

function problem(message: string, hint?: string): StateliteError {
  return new StateliteError('ERR_STATELITE_ROW', message, hint === undefined ? {} : { hint });
}

/** The domain of an address: its network's, else the site's. */
function domains({ rows, site }: Cluster): (address: string) => string | undefined {
  const own = rows.networks.flatMap(({ net, mask, domain }) => {
    const block = blockOf(net, mask);
    return block === undefined || domain === null ? [] : [{ block, domain }];
  });
  const usual = site.get('domain');
  return (address) =>
    isIPv4(address) ? (own.find(({ block }) => block.check(address))?.domain ?? usual) : usual;
}

function blockOf(net: string, mask: string): BlockList | undefined {
  if (!isIPv4(net) || !isIPv4(mask)) return undefined;
  const bits = mask.split('.').map((byte) => Number(byte).toString(2).padStart(8, '0'));
  const block = new BlockList();
  block.addSubnet(net, bits.join('').replace(/0+$/, '').length, 'ipv4');
  return block;
}
