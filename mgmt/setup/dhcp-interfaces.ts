import { isIP } from 'node:net';
import { splitList, splitWords } from '../core/list.ts';
import { withoutLabel } from './nic.ts';

/** This machine, as site.dhcpinterfaces may name it. */
export interface WhoServes {
  /** Its host name, with or without the domain. */
  readonly hostname: string;
  /** Its addresses. */
  readonly addresses: ReadonlySet<string>;
  /** site.master, which is this machine, by name or address. */
  readonly master: string | undefined;
  /** The groups of a node. */
  readonly groupsOf: (node: string) => readonly string[];
  /** The nodes of a noderange; undefined if it names what is no node. */
  readonly nodesOf: (range: string) => readonly string[] | undefined;
  /** The address of a node. */
  readonly addressOf: (node: string) => string | undefined;
}

/**
 * The NICs that site.dhcpinterfaces lets this machine serve DHCP on; undefined if it sets no limit.
 * `eth1,eth2` is for every server, `mn|eth1;service|bond0` for the machines of a noderange (site(5) of
 * xCAT), of which stock asks whether one's address is its own. `eth1:noboot` keeps stock from booting
 * unknown machines there, which get nothing to boot here in any case.
 */
export function dhcpInterfaces(
  text: string | undefined,
  self: WhoServes,
): ReadonlySet<string> | undefined {
  const entries = (text ?? '').split(';').filter((entry) => entry.trim() !== '');
  if (entries.length === 0) return undefined;
  const nics = entries.flatMap((entry) => {
    const [who, list] = entry.includes('|') ? entry.split('|', 2) : [undefined, entry];
    return who === undefined || isNamed(who.trim(), self) ? splitWords(list) : [];
  });
  return new Set(nics.map((nic) => withoutLabel(nic.replace(/^!remote!/u, ''))));
}

function isNamed(who: string, self: WhoServes): boolean {
  const words = splitList(who);
  if (words.some((word) => isOwnName(word, self))) return true;
  const nodes = self.nodesOf(who);
  if (nodes !== undefined) return nodes.some((node) => isOwnNode(node, self));
  // One of its names is no node.
  const short = shortOf(self.hostname);
  const groups = new Set([...self.groupsOf(self.hostname), ...self.groupsOf(short)]);
  return words.some((word) => groups.has(word));
}

function isOwnNode(node: string, self: WhoServes): boolean {
  return isOwnName(node, self) || self.addresses.has(self.addressOf(node) ?? '');
}

/** A host name without a domain is that of the machine in any. */
function isOwnName(word: string, { hostname, addresses, master }: WhoServes): boolean {
  if (word === '__mgmtnode' || word === master) return true;
  if (isIP(word) !== 0) return addresses.has(word);
  const [name, own] = [word.toLowerCase(), hostname.toLowerCase()];
  const isBare = !name.includes('.') || !own.includes('.');
  return isBare ? shortOf(name) === shortOf(own) : name === own;
}

function shortOf(name: string): string {
  return name.split('.', 1).join();
}
