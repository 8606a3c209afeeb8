import { isIP } from 'node:net';
import { isHostName } from './host-name.ts';
import type { BootNetwork } from './network.ts';

/** An address with its names, the first of which it leads to. */
export interface NamedHost {
  readonly address: string;
  readonly names: readonly string[];
}

type Network = Pick<BootNetwork, 'contains' | 'domain' | 'server'>;

export interface OtherHostsInput {
  /** Lines of hosts(5) that makehosts did not write. */
  readonly hosts: string;
  /** Lines of hosts(5) that dnsmasq has of nodes. */
  readonly lines: readonly string[];
  readonly networks: readonly Network[];
  /** This machine. */
  readonly hostname: string;
  /** site.master: of this machine's addresses the one in its network is that of its name. */
  readonly master?: string | undefined;
}

/**
 * The machines that nodes may know by name and that are none of the nodes: this one, and those of
 * /etc/hosts with an address in the nodes' networks, which stock's makedns publishes too. Each name
 * once: the first line counts, as in hosts(5). Nodes keep their names and addresses, which dnsmasq
 * would take from these first: stock's makehosts wrote lines of nodes into the same file.
 */
export function otherHosts(input: OtherHostsInput): NamedHost[] {
  const { networks } = input;
  const nodes = input.lines.map((line) => parsed(line, networks));
  const addresses = new Set(nodes.map(({ address }) => address));
  const known = new Set(nodes.flatMap(({ names }) => names.flat()).map(inDns));
  const others = input.hosts
    .split('\n')
    .map((line) => parsed(line, networks))
    .filter(({ address, network }) => network !== undefined && !addresses.has(address));
  const taken = new Set<string>();
  return [...others, ...thisMachine(input)].flatMap(({ address, names }) => {
    const free = names
      .filter((one) => !one.map(inDns).some((name) => known.has(name)))
      .flat()
      .filter((name) => isPublic(name) && !taken.has(inDns(name)) && taken.add(inDns(name)))
      .toSorted((a, b) => Number(b.includes('.')) - Number(a.includes('.')));
    return free.length === 0 ? [] : [{ address, names: free }];
  });
}

/** In DNS case does not count. */
function inDns(name: string): string {
  return name.toLowerCase();
}

function thisMachine({ networks, hostname, master = '' }: OtherHostsInput) {
  const network = networks.find(({ contains }) => contains(master)) ?? networks[0];
  return network === undefined
    ? []
    : [parsed(`${network.server} ${hostname} ${hostname.split('.', 1).join()}`, networks)];
}

/** A line with its network, and each of its names in all ways in which the network has it. */
function parsed(line: string, networks: readonly Network[]) {
  const [address = '', ...given] = line.replace(/#.*/u, '').trim().split(/\s+/u);
  const network = networks.find(({ contains }) => contains(address));
  return { address, network, names: given.map((name) => withDomain(name, network?.domain)) };
}

function withDomain(name: string, domain: string | undefined): string[] {
  return name.includes('.') || domain === undefined ? [name] : [`${name}.${domain}`, name];
}

/** `localhost` is everybody's own. */
function isPublic(name: string): boolean {
  return isHostName(name) && isIP(name) === 0 && !/^localhost(?:\.|$)/iu.test(name);
}
