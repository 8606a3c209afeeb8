import { lookup } from 'node:dns/promises';
import { readFile, stat } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import type { Place } from '../../agent/protocol/location.ts';
import { isWithin } from '../../agent/rules/path.ts';
import { type Mount, parseMounts } from './mounts.ts';

/** Where a directory of a server can be looked at from here. */
export type Seen =
  | { readonly directory: string }
  /** The server is this host, and has no such directory. */
  | { readonly missing: string }
  /** It may well be there, but not for this host's eyes. */
  | { readonly unseen: string };

/** What this host can see of servers' directories: its own, and what it has mounted by NFS. */
export interface Host {
  see(place: Place & { readonly server: string }): Promise<Seen>;
}

/** What a host knows of itself and of others. */
export interface Surroundings {
  readonly own: ReadonlySet<string>;
  readonly mounts: readonly Mount[];
  /** The addresses of a server; none if nobody knows it. */
  readonly addresses: (server: string) => Promise<readonly string[]>;
}

/** Reads addresses and mounts of this host once; names are asked for once each. */
export async function thisHost(): Promise<Host> {
  const interfaces = Object.values(networkInterfaces());
  const own = new Set(interfaces.flatMap((all) => (all ?? []).map(({ address }) => address)));
  const mounts = parseMounts(await readFile('/proc/self/mountinfo', 'utf8'));
  const asked = new Map<string, Promise<readonly string[]>>();
  const addresses = (server: string) => {
    const known = asked.get(server) ?? addressesOf(server);
    asked.set(server, known);
    return known;
  };
  return hostIn({ own, mounts, addresses });
}

/** A host with these surroundings. */
export function hostIn({ own, mounts, addresses }: Surroundings): Host {
  return {
    async see({ server, directory }) {
      const theirs = await addresses(bare(server));
      if (theirs.some((address) => own.has(address))) return seeOwn(directory);
      for (const mount of mounts) {
        const isSame =
          mount.server === bare(server) ||
          (await addresses(mount.server)).some((address) => theirs.includes(address));
        if (isSame && isWithin(directory, mount.exported)) return seeMounted(mount, directory);
      }
      const who =
        theirs.length === 0 ? `${server} has no address here` : `${server} is another host`;
      return { unseen: `${who}, and this one has not mounted the directory` };
    },
  };
}

/** How long a mounted directory may take to show itself: behind it may be a dead server. */
const patience = 5000;

async function seeOwn(directory: string): Promise<Seen> {
  try {
    if ((await stat(directory)).isDirectory()) return { directory };
    return { missing: `${directory} is no directory on this host` };
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
    return { missing: `this host has no directory ${directory}` };
  }
}

async function seeMounted({ at, exported }: Mount, directory: string): Promise<Seen> {
  const here = join(at, directory.slice(exported === '/' ? 0 : exported.length));
  if (await answers(here)) return { directory: here };
  return { unseen: `it is mounted on ${at}, which does not show it` };
}

async function answers(directory: string): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), patience);
  });
  const there = stat(directory).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  try {
    return await Promise.race([there, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function addressesOf(server: string): Promise<readonly string[]> {
  if (server === hostname()) return ['127.0.0.1'];
  try {
    return (await lookup(server, { all: true })).map(({ address }) => address);
  } catch (error) {
    if (hasCode(error, 'ENOTFOUND', 'EAI_AGAIN', 'ENODATA')) return [];
    throw error;
  }
}

function bare(server: string): string {
  return server.replace(/^\[|\]$/gu, '');
}
