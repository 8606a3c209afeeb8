/** A rule that decides about packets, as far as it can be read. */
export interface Rule {
  readonly verdict: 'accept' | 'drop';
  /** Protocol and ports it is for; undefined ones fit all. */
  readonly protocol: string | undefined;
  readonly ports: readonly PortRange[] | undefined;
  /** Whether something else of a packet must fit too: an address, an interface. */
  readonly isNarrow: boolean;
}

/** Where packets for this machine come in. */
export interface InputChain {
  /** The command that shows it. */
  readonly shown: string;
  readonly rules: readonly Rule[];
  /** Whether what no rule decides is dropped. */
  readonly isClosed: boolean;
}

type PortRange = readonly [first: number, last: number];
type Fields = Readonly<Record<string, unknown>>;

/** Chains that call each other in a ring are the kernel's to refuse; this deep is enough. */
const deepest = 16;

/** The input chains of `nft -j list ruleset` (libnftables-json(5)), with the chains they jump to. */
export function parseNft(json: string): InputChain[] {
  const items = listOf(fieldsOf(JSON.parse(json))['nftables']).map(fieldsOf);
  const rules = items.flatMap(({ rule }) => (rule === undefined ? [] : [fieldsOf(rule)]));
  const chains = items.flatMap(({ chain }) => (chain === undefined ? [] : [fieldsOf(chain)]));
  return chains
    .filter(({ hook }) => hook === 'input')
    .map(({ family, table, name, policy }) => {
      const own = rules.filter((rule) => rule['family'] === family && rule['table'] === table);
      return {
        shown: `nft list chain ${String(family)} ${String(table)} ${String(name)}`,
        rules: rulesOf(String(name), own, 0),
        isClosed: policy === 'drop',
      };
    });
}

/** `iptables -S INPUT`; chains that it jumps to are not looked at. */
export function parseIptables(listed: string): InputChain {
  const rules = listed.split('\n').flatMap((line): Rule[] => {
    const target = /^-A .*-j (\S+)/u.exec(line)?.[1] ?? '';
    const verdict = verdicts[target];
    if (verdict === undefined || /(?:--ctstate|--state| -i lo )/u.test(line)) return [];
    const ports = /--dports? (\S+)/u.exec(line)?.[1];
    const ranges = ports?.split(',').map(rangeOf);
    const isNarrow = /(?:^| )-(?:[sdi]|m (?!tcp|udp|multiport|comment)\S+) /u.test(line);
    return [{ verdict, protocol: /-p (\S+)/u.exec(line)?.[1], ports: ranges, isNarrow }];
  });
  return { shown: 'iptables -S INPUT', rules, isClosed: /^-P INPUT DROP$/mu.test(listed) };
}

const verdicts: Readonly<Record<string, Rule['verdict']>> = {
  ACCEPT: 'accept',
  DROP: 'drop',
  REJECT: 'drop',
};

function rulesOf(chain: string, rules: readonly Fields[], depth: number): Rule[] {
  if (depth > deepest) return [];
  return rules
    .filter((rule) => rule['chain'] === chain)
    .flatMap((rule) => readRule(listOf(rule['expr']).map(fieldsOf), rules, depth));
}

function readRule(parts: readonly Fields[], rules: readonly Fields[], depth: number): Rule[] {
  let protocol: string | undefined;
  let ports: PortRange[] | undefined;
  let isNarrow = false;
  let found: Rule['verdict'] | undefined;
  for (const part of parts) {
    const target = fieldsOf(part['jump'] ?? part['goto'])['target'];
    if (typeof target === 'string') return rulesOf(target, rules, depth + 1);
    if ('accept' in part) found = 'accept';
    if ('drop' in part || 'reject' in part) found = 'drop';
    if (!('match' in part)) continue;
    const { left, right, op } = fieldsOf(part['match']);
    const payload = fieldsOf(fieldsOf(left)['payload']);
    const meta = fieldsOf(fieldsOf(left)['meta'])['key'];
    // Answers to this machine, and what it says to itself.
    if ('ct' in fieldsOf(left) || (meta === 'iifname' && right === 'lo')) return [];
    if (meta === 'iif' && right === 'lo') return [];
    if (op !== '==') isNarrow = true;
    else if (payload['field'] === 'dport') {
      protocol = payload['protocol'] === 'th' ? protocol : String(payload['protocol']);
      ports = setOf(right).map(rangeOf);
    } else if (meta === 'l4proto' || payload['field'] === 'protocol') protocol = String(right);
    else isNarrow = true;
  }
  return found === undefined ? [] : [{ verdict: found, protocol, ports, isNarrow }];
}

/** `{"set": [80, {"range": [3001, 3002]}]}`, or one of these. */
function setOf(right: unknown): unknown[] {
  const { set } = fieldsOf(right);
  return set === undefined ? [right] : listOf(set);
}

function rangeOf(value: unknown): PortRange {
  if (typeof value === 'number') return [value, value];
  if (typeof value === 'string') {
    const [first = '', last = first] = value.split(/[:-]/u);
    return [Number(first), Number(last)];
  }
  const [first, last] = listOf(fieldsOf(value)['range']).map(Number);
  return [first ?? -1, last ?? -1];
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
