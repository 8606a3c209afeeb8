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

/** Reads addresses and mounts of this host once; names are asked for once each. */
export async function thisHost(): Promise<Host> {
  const own = new Set(
    Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address)),
  );
  const mounts = parseMounts(await readFile('/proc/self/mountinfo', 'utf8'));
  const asked = new Map<string, Promise<readonly string[]>>();
  const addresses = (server: string) => {
    const known = asked.get(server) ?? addressesOf(server);
    asked.set(server, known);
    return known;
  };
  return {
    async see({ server, directory }) {
      const theirs = await addresses(bare(server));
      if (theirs.some((address) => own.has(address))) return seeOwn(directory);
      const mount = await findMount(mounts, server, directory, theirs, addresses);
      if (mount !== undefined) return mount;
      const why =
        theirs.length === 0 ? `${server} has no address here` : `${server} is another host`;
      return { unseen: `${why}, and this one has not mounted the directory` };
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

async function findMount(
  mounts: readonly Mount[],
  server: string,
  directory: string,
  theirs: readonly string[],
  addresses: (server: string) => Promise<readonly string[]>,
): Promise<Seen | undefined> {
  for (const mount of mounts) {
    const isSame =
      mount.server === bare(server) ||
      (await addresses(mount.server)).some((address) => theirs.includes(address));
    if (!isSame || !isWithin(directory, mount.exported)) continue;
    const here = join(
      mount.at,
      directory.slice(mount.exported === '/' ? 0 : mount.exported.length),
    );
    if (await answers(here)) return { directory: here };
    return { unseen: `it is mounted on ${mount.at}, which does not answer` };
  }
  return undefined;
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
