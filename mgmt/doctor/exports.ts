import { isIP } from 'node:net';
import { join } from 'node:path';
import { lookup } from 'node:dns/promises';
import { hasCode } from '../../agent/errors.ts';
import type { Check } from './check.ts';
import { matchesClient } from './client-match.ts';
import type { Exported } from './exports-file.ts';
import { counted, type Finding, fail, note, ok, warn } from './finding.ts';
import { isOwn } from './machine.ts';
import { formatMount, type NeededMount, neededMounts } from './needed-mounts.ts';
import { type NfsServer, readNfsServer } from './nfs-server.ts';
import type { Site } from './site.ts';

export const nfsExports: Check<Site> = {
  group: 'exports',
  name: 'exports of this machine',
  async look(site) {
    const needed = site.boots.flatMap(neededMounts);
    const here = await ownMounts(needed);
    if (here.length === 0) return [];
    return judgeExports(here, await readNfsServer(site), site.settings.etc);
  },
};

/** Whether all that nodes mount from this machine is exported to them as they need it. */
export function judgeExports(
  needed: readonly NeededMount[],
  server: NfsServer,
  etc: string,
): Finding[] {
  if (server.kind === 'none') {
    const [first] = needed;
    const what = first === undefined ? '' : `, and nodes mount ${formatMount(first)}`;
    const hint = `ln -s ${join(etc, 'generated/exports')} /etc/exports.d/statelite.exports; systemctl enable --now nfs-server`;
    return [fail(`no NFS server runs on this machine${what}`, hint)];
  }
  if (server.kind === 'unseen') {
    return [
      note(
        `the exports of this machine could not be seen: ${server.why}`,
        'showmount -e lists some',
      ),
    ];
  }
  const findings = [
    ...needed.flatMap((mount) => judgeMount(mount, server)),
    ...judgeCache(needed, server),
  ];
  if (findings.length > 0) return findings;
  const directories = new Set(needed.map(({ directory }) => directory));
  return [ok(`${counted(directories.size, 'directory', 'directories')} exported as nodes need it`)];
}

type Seen = NfsServer & { readonly kind: 'seen' };

function judgeMount(mount: NeededMount, server: Seen): Finding[] {
  const { node, address, what, directory } = mount;
  const nodes = [node];
  const use = uses[what];
  const covering = server.exports.filter(({ path }) => isWithin(directory, path));
  if (covering.length === 0) {
    const message = `${directory} is not exported, ${use.what}`;
    const isWritten = server.written.some(({ path }) => isWithin(directory, path));
    const hint = isWritten ? 'it is in /etc/exports: exportfs -ra' : exportHint(mount, server);
    return [fail(message, hint, nodes)];
  }
  const matching = covering.filter((one) => mayMount(one, node, address) !== false);
  if (matching.length === 0) {
    const clients = [...new Set(covering.map(({ client }) => client))].join(', ');
    const message = `${directory} is exported to ${clients}, not to these nodes`;
    return [fail(message, `${node} has ${address}: ${exportHint(mount, server)}`, nodes)];
  }
  const best = deepest(matching);
  if (what === 'store' && best.access === 'ro') {
    return [
      fail(`${best.path} is exported read-only, ${use.what}`, exportHint(mount, server), nodes),
    ];
  }
  if (!best.keepsRoot) {
    const message = `${best.path} is exported with root_squash, ${use.what}`;
    const level = what === 'tree' ? warn : fail;
    return [level(message, exportHint(mount, server), nodes)];
  }
  if (what !== 'store' && best.access === 'rw') {
    const message = `${best.path} is exported for writing: any node may change it for all`;
    return [warn(message, exportHint(mount, server), nodes)];
  }
  return [];
}

/** Images take another's name when a generation is published. */
function judgeCache(needed: readonly NeededMount[], { remembering }: Seen): Finding[] {
  if (remembering === undefined || !needed.some(({ what }) => what === 'image')) return [];
  return [
    warn(
      `${remembering} lets nfs-ganesha remember directories: nodes keep seeing the old image after a new generation was published`,
      `add MDCACHE { Dir_Chunk = 0; } to ${remembering} and restart nfs-ganesha, or use the ganesha.conf that statelite setup writes`,
    ),
  ];
}

/** Why a node mounts it, and what it needs. */
const uses = {
  image: { what: 'and is the root of these nodes', access: 'ro' },
  store: { what: 'and these nodes keep their persistent files there', access: 'rw' },
  tree: { what: 'and is a tree of these nodes', access: 'ro' },
} as const;

function exportHint({ what, directory, address }: NeededMount, { by }: Seen): string {
  if (by === 'ganesha') {
    return 'statelite setup writes generated/ganesha.conf anew; then kill -HUP $(pidof ganesha.nfsd)';
  }
  const client = address === undefined || isIP(address) === 0 ? '<network>' : address;
  const options = `${uses[what].access},sync,no_root_squash,no_subtree_check`;
  const place = `${client.includes(':') ? `[${client}]` : client}:${directory}`;
  return `exportfs -o ${options} ${place}; to stay: statelite setup, then exportfs -ra`;
}

/** The nearest export above a directory is the one that a mount of it gets. */
function deepest(matching: readonly Exported[]): Exported {
  return matching.reduce((best, one) => (one.path.length > best.path.length ? one : best));
}

function mayMount({ client }: Exported, name: string, address: string | undefined) {
  return address === undefined ? undefined : matchesClient(client, { name, address });
}

function isWithin(path: string, above: string): boolean {
  return above === '/' || path === above || path.startsWith(`${above}/`);
}

/** Those whose server is this machine; names are asked for once. */
async function ownMounts(needed: readonly NeededMount[]): Promise<NeededMount[]> {
  const own = new Map<string, boolean>();
  for (const { server } of needed) {
    if (!own.has(server)) own.set(server, (await addressesOf(server)).some(isOwn));
  }
  return needed.filter(({ server }) => own.get(server));
}

async function addressesOf(server: string): Promise<string[]> {
  if (isIP(server) !== 0) return [server];
  try {
    return (await lookup(server, { all: true })).map(({ address }) => address);
  } catch (error) {
    if (hasCode(error, 'ENOTFOUND', 'EAI_AGAIN', 'ENODATA')) return [];
    throw error;
  }
}
