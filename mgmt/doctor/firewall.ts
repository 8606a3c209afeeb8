import type { Check } from './check.ts';
import { type Finding, note, ok, warn } from './finding.ts';
import { type InputChain, parseIptables, parseNft } from './firewall-rules.ts';
import { outputOf } from './machine.ts';
import type { Site } from './site.ts';

/** A port that nodes must reach. */
export interface NeededPort {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly what: string;
}

export const firewall: Check<Site> = {
  group: 'machine',
  name: 'firewall',
  async look({ cluster: { site } }) {
    const chains = await readChains();
    if (chains === undefined) {
      return [note('the firewall could not be seen', 'nft list ruleset, as root, shows it')];
    }
    return judgeFirewall(chains, [
      { protocol: 'tcp', port: site.port('xcatdport'), what: 'daemon' },
      { protocol: 'tcp', port: site.port('xcatiport'), what: 'node status' },
      { protocol: 'tcp', port: site.port('httpport'), what: 'HTTP' },
      { protocol: 'udp', port: 67, what: 'DHCP' },
      { protocol: 'udp', port: 69, what: 'TFTP' },
      { protocol: 'tcp', port: 2049, what: 'NFS' },
    ]);
  },
};

/** Ports that are dropped as far as the rules could be read; doubtful ones count as open. */
export function judgeFirewall(
  chains: readonly InputChain[],
  ports: readonly NeededPort[],
): Finding[] {
  const findings = chains.flatMap((chain) =>
    ports.filter((port) => isDropped(port, chain)).map((port) => dropped(port, chain)),
  );
  return findings.length > 0 ? findings : [ok('no rule of the firewall is seen to drop our ports')];
}

/** The first rule for the port decides, if it is for everybody; one that lets some in is enough. */
function isDropped({ protocol, port }: NeededPort, { rules, isClosed }: InputChain): boolean {
  for (const rule of rules) {
    if (rule.protocol !== undefined && rule.protocol !== protocol) continue;
    const isFor = rule.ports?.some(([first, last]) => first <= port && port <= last) ?? true;
    if (!isFor) continue;
    if (rule.verdict === 'accept') return false;
    if (!rule.isNarrow) return true;
  }
  return isClosed;
}

function dropped({ protocol, port, what }: NeededPort, { shown }: InputChain): Finding {
  const hint = `${shown} shows the rules; let the nodes in: ${protocol} dport ${port} accept`;
  return warn(`the firewall seems to drop ${protocol} port ${port} (${what})`, hint);
}

async function readChains(): Promise<InputChain[] | undefined> {
  const rules = await outputOf('nft', ['-j', 'list', 'ruleset']);
  if (rules !== undefined && rules.trim() !== '') return parseNft(rules);
  const listed = await outputOf('iptables', ['-S', 'INPUT']);
  return listed === undefined ? undefined : [parseIptables(listed)];
}
