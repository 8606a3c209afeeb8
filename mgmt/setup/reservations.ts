import type { BootHost, BootHosts } from './boot-hosts.ts';

/** What is to happen to the reservations that a DHCP server has. */
export type ReservationChange =
  | { readonly set: BootHosts; readonly all: boolean }
  | { readonly remove: readonly string[] | 'all' };

export interface Reserved {
  readonly hosts: readonly BootHost[];
  /** Why a node has none, for the operator. */
  readonly notes: readonly string[];
}

/**
 * The reservations after a change, in the order of the nodes' names; one that stays as it is is the
 * same object. A node that is set replaces one that no table knows any more; of two others with the
 * same MAC or IP address, who has it stays. One that is to be set and can have none loses its own.
 */
export function changeReservations(
  now: readonly BootHost[],
  change: ReservationChange,
  isNode: (name: string) => boolean,
): Reserved {
  if ('remove' in change) {
    if (change.remove === 'all') return { hosts: [], notes: [] };
    const gone = new Set(change.remove);
    return { hosts: now.filter(({ node }) => !gone.has(node)), notes: [] };
  }
  const { hosts: set, left, notes } = change.set;
  const before = new Map(now.map((host) => [host.node, host]));
  const names = new Set([...set.map(({ node }) => node), ...left]);
  const kept = change.all ? [] : now.filter(({ node }) => !names.has(node));
  const owners = new Map(kept.flatMap((host) => keysOf(host).map((key) => [key, host.node])));
  const given: BootHost[] = [];
  const refused: string[] = [];
  const replaced = new Set<string>();
  for (const host of set) {
    const others = keysOf(host).flatMap((key) => owners.get(key) ?? []);
    const rival = others.find(isNode);
    if (rival === undefined) {
      for (const other of others) replaced.add(other);
      given.push(asBefore(host, before.get(host.node)));
    } else refused.push(`${host.node} is left out of DHCP: ${rival} has its MAC or IP address`);
  }
  const hosts = [...kept.filter(({ node }) => !replaced.has(node)), ...given];
  return { hosts: inOrder(hosts), notes: [...notes, ...refused] };
}

/** Reservations in the order that files have them, whoever writes these. */
export function inOrder(hosts: readonly BootHost[]): BootHost[] {
  return hosts.toSorted((a, b) => collator.compare(a.node, b.node));
}

/** What of the reservations after a change was not there before. */
export function newReservations(
  now: readonly BootHost[],
  after: readonly BootHost[],
): readonly BootHost[] {
  const known = new Set(now);
  return after.filter((host) => !known.has(host));
}

function asBefore(host: BootHost, before: BootHost | undefined): BootHost {
  if (before === undefined) return host;
  const { mac, ip, loader } = before;
  return mac === host.mac && ip === host.ip && loader === host.loader ? before : host;
}

function keysOf({ mac, ip }: BootHost): string[] {
  return [mac, ip];
}

const collator = new Intl.Collator('en', { numeric: true });
