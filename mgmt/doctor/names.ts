import { lookup, lookupService } from 'node:dns/promises';
import { isIP } from 'node:net';
import { hasCode } from '../../agent/errors.ts';
import { forEachAtOnce } from '../bootfiles/at-once.ts';
import { attributeOf } from '../core/attributes.ts';
import { createAddressBook, normalAddress } from '../daemon/address-book.ts';
import type { Check } from './check.ts';
import { counted, type Finding, fail, note, ok, warn } from './finding.ts';
import type { Site } from './site.ts';

/** How long names are asked for, in milliseconds: a dead name server takes long for each. */
const longest = 10_000;

/** What the tables and the resolver of this machine say of a node's name. */
export interface NodeName {
  readonly node: string;
  /** hosts.ip. */
  readonly written: string;
  /** The addresses that its name leads to. */
  readonly forward: readonly string[];
  /** The name that its address leads to. */
  readonly reverse: string | undefined;
}

export const nodeNames: Check<Site> = {
  group: 'names',
  name: 'node names',
  async look({ cluster, nodes }, signal) {
    const { ambiguous, problems } = createAddressBook(cluster);
    const broken = new Set(ambiguous.flatMap((one) => one.nodes));
    const names: NodeName[] = [];
    const end = Date.now() + longest;
    let left = 0;
    await forEachAtOnce(nodes, async (node) => {
      const written = addressOf(node, cluster);
      if (written === undefined) return;
      if (signal.aborted || Date.now() > end) {
        left += 1;
        return;
      }
      names.push({
        node,
        written,
        forward: await addressesOf(node),
        reverse: isIP(written) === 0 ? undefined : await nameOf(written),
      });
    });
    return [
      ...problems.map((problem) => fail(problem, 'correct the row: tabedit hosts')),
      ...ambiguous.map(({ address, nodes: all }) =>
        fail(
          `${address} belongs to ${all.join(', ')}: none of them is answered there`,
          `give each its own: chtab node=${all[0]} hosts.ip=<address>`,
        ),
      ),
      ...judgeNames(names.filter(({ node }) => !broken.has(node))),
      ...(left === 0 ? [] : [unasked(left)]),
    ];
  },
};

/** The daemon knows nodes by hosts.ip alone; people and other services know them by name. */
export function judgeNames(names: readonly NodeName[]): Finding[] {
  const findings = names.flatMap(judgeName);
  const bad = new Set(findings.flatMap(({ nodes }) => nodes ?? []));
  const good = names.length - bad.size;
  return good === 0
    ? findings
    : [ok(`names and addresses of ${counted(good, 'node')} agree`), ...findings];
}

function judgeName({ node, written, forward, reverse }: NodeName): Finding[] {
  if (written === '') {
    return [
      fail(
        'no address in the hosts table: the daemon answers nobody it does not know',
        `chtab node=${node} hosts.ip=${forward[0] ?? '<address>'}`,
        [node],
      ),
    ];
  }
  const address = normalAddress(written);
  if (address === undefined) {
    const hint = `${node}: ${written}; chtab node=${node} hosts.ip=<address>`;
    return [fail('hosts.ip is no address', hint, [node])];
  }
  const row = `${address} ${node}`;
  if (forward.length === 0) {
    const hint = `add it to DNS, or to /etc/hosts: ${row}`;
    return [warn('the name has no address on this machine', hint, [node])];
  }
  if (!forward.map(normalAddress).includes(address)) {
    return [
      fail(
        'the name leads to another address than hosts.ip',
        `getent hosts ${node} gives ${forward.join(', ')}, hosts.ip is ${address}: correct DNS or /etc/hosts (${row}), or chtab node=${node} hosts.ip=${forward[0]}`,
        [node],
      ),
    ];
  }
  if (reverse !== undefined && reverse !== node && !reverse.startsWith(`${node}.`)) {
    return [
      warn(
        'the address leads to another name',
        `getent hosts ${address} gives ${reverse}: correct DNS, or write /etc/hosts: ${row}`,
        [node],
      ),
    ];
  }
  return [];
}

/** Undefined where the address book says what is wrong with the row. */
function addressOf(node: string, cluster: Site['cluster']): string | undefined {
  try {
    return attributeOf(cluster, node, 'hosts', 'ip') ?? '';
  } catch (error) {
    if (hasCode(error, 'ERR_STATELITE_ROW')) return undefined;
    throw error;
  }
}

function unasked(left: number): Finding {
  const hint =
    'statelite doctor <noderange> asks for some; is a name server of /etc/resolv.conf dead?';
  return note(`names of ${counted(left, 'node')} were not asked for: it takes too long`, hint);
}

const unknown = ['ENOTFOUND', 'EAI_AGAIN', 'ENODATA', 'EAI_FAIL', 'EAI_NONAME'];

async function addressesOf(name: string): Promise<string[]> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch (error) {
    if (hasCode(error, ...unknown)) return [];
    throw error;
  }
}

async function nameOf(address: string): Promise<string | undefined> {
  try {
    return (await lookupService(address, 22)).hostname;
  } catch (error) {
    if (hasCode(error, ...unknown)) return undefined;
    throw error;
  }
}
