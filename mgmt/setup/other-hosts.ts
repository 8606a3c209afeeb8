import type { BootNetwork } from './network.ts';

/** An address with its names, the first of which it leads to. */
export interface NamedHost {
  readonly address: string;
  readonly names: readonly string[];
}

export interface OtherHostsInput {
  /** Lines of hosts(5) that makehosts did not write. */
  readonly hosts: string;
  readonly networks: readonly Pick<BootNetwork, 'contains' | 'domain' | 'server'>[];
  /** This machine. */
  readonly hostname: string;
  /** Of nodes makedns has records of their own. */
  readonly isNode: (name: string) => boolean;
}

/**
 * The machines that nodes may know by name and that are none of the nodes: this one, and those of
 * /etc/hosts with an address in the nodes' networks, which stock's makedns publishes too. Each name
 * once: the first line counts, as in hosts(5).
 */
export function otherHosts({ hosts, networks, hostname, isNode }: OtherHostsInput): NamedHost[] {
  const [first] = networks;
  const own = first === undefined ? [] : [`${first.server} ${hostname}`];
  const taken = new Set<string>();
  return [...hosts.split('\n'), ...own].flatMap((line) => {
    const [address = '', ...given] = line.replace(/#.*/u, '').trim().split(/\s+/u);
    const network = networks.find(({ contains }) => contains(address));
    if (network === undefined) return [];
    const names = given
      .filter((name) => isHostName(name) && !isNode(name.split('.', 1).join()))
      .flatMap((name) => withDomain(name, network.domain))
      .toSorted((a, b) => Number(b.includes('.')) - Number(a.includes('.')))
      .filter((name) => !taken.has(name.toLowerCase()) && taken.add(name.toLowerCase()));
    return names.length === 0 ? [] : [{ address, names: [...new Set(names)] }];
  });
}

function withDomain(name: string, domain: string | undefined): string[] {
  return name.includes('.') || domain === undefined ? [name] : [`${name}.${domain}`, name];
}

/** `localhost` is everybody's own. */
function isHostName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/u.test(name) && !/^localhost(?:\.|$)/iu.test(name);
}
