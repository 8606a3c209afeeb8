import { StateliteError } from '../../agent/errors.ts';
import { makeOpenDirectory } from '../bootfiles/directory.ts';
import { namingFaults } from '../bootfiles/file-fault.ts';
import type { Cluster } from '../core/cluster.ts';
import { readCluster } from '../db/read-cluster.ts';
import { type BootHost, bootHosts } from '../setup/boot-hosts.ts';
import {
  checkDhcp,
  configFiles,
  dhcpPaths,
  type DhcpInput,
  inDhcp,
  mainFile,
  readReservations,
  reservationFiles,
} from '../setup/dhcp-files.ts';
import { type FileChange, writeGenerated } from '../setup/generated.ts';
import { withLock } from '../setup/lock.ts';
import { readIfThere } from '../../agent/files/if-there.ts';
import {
  changeReservations,
  newReservations,
  type ReservationChange,
} from '../setup/reservations.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { generatedIn } from './given-path.ts';
import { nodesOf } from './nodes-of.ts';
import { nodesOrKept } from './nodes-or-kept.ts';
import { printLines } from './print-lines.ts';
import { reloadServers } from './running-servers.ts';
import { networksIn } from '../setup/networks-in.ts';
import { withWriting } from './writing-options.ts';
import { printChanges } from './written.ts';

interface Request {
  readonly noderange?: string | undefined;
  readonly new: boolean;
  readonly all: boolean;
  readonly delete: boolean;
  readonly query: boolean;
}

export const makedhcp = (context: Context) =>
  command({
    command: 'makedhcp [noderange]',
    describe: 'Let the DHCP server know networks and nodes',
    options: (yargs) =>
      withWriting(yargs)
        .positional('noderange', {
          type: 'string',
          describe: 'Nodes and groups that get a reservation, or lose it with -d',
        })
        .option('new', {
          alias: 'n',
          type: 'boolean',
          default: false,
          describe: 'Write the configuration of the networks anew; nodes that it knows stay',
        })
        .option('all', {
          alias: 'a',
          type: 'boolean',
          default: false,
          describe: 'All nodes, and only those; with -d, no node is known any more',
        })
        .option('delete', {
          alias: 'd',
          type: 'boolean',
          default: false,
          describe: 'Take reservations away',
        })
        .option('query', {
          alias: 'q',
          type: 'boolean',
          default: false,
          describe: 'Print the reservations of the nodes, of all without nodes',
        })
        .option('local', { alias: 'l', type: 'boolean', hidden: true })
        .check(({ noderange, new: isNew, all, query, delete: remove }) => {
          if (remove && !all && noderange === undefined) throw new Error('-d needs nodes, or -a');
          if (all && noderange !== undefined) throw new Error('name nodes or use -a, not both');
          if (query && (isNew || all || remove)) throw new Error('-q goes with nothing else');
          if (isNew || all || query || noderange !== undefined) return true;
          throw new Error('name nodes, or use -n or -a');
        }),
    run: async ({ output: given, dryRun, force, ...request }) => {
      const { settings } = context;
      const cluster = await readCluster(context.store(), settings);
      const output = generatedIn(context, given);
      const dhcp = dhcpOf(context, cluster, output);
      if (request.query) {
        printLines(context, queried(await readReservations(dhcp), context, cluster, request));
        return;
      }
      const changes = await withLock(output, async () => {
        const { files, unseen } = await plan(context, cluster, dhcp, request);
        if (!force && unseen !== undefined) await checkDhcp(dhcp, unseen);
        return writeGenerated(files, { dryRun, force });
      });
      printChanges(context, changes, dryRun);
      if (dryRun) return;
      const { tftpdir } = cluster.site;
      // dnsmasq does not start without it.
      await namingFaults(tftpdir, async () => makeOpenDirectory(tftpdir));
      await reload(context, changes, dhcp);
    },
  });

function dhcpOf(context: Context, cluster: Cluster, output: string): DhcpInput {
  const { networks, interfaces, notes } = networksIn(cluster);
  for (const note of notes) context.log.warn(note);
  if (networks.length === 0) {
    throw new StateliteError(
      'ERR_STATELITE_SETUP',
      'no networks row is for an address of this machine',
      {
        hint: 'statelite setup --network 10.77.0.0/24 --server 10.77.0.1, or chtab net=10.77.0.0 networks.mask=255.255.255.0 networks.dhcpserver=10.77.0.1',
      },
    );
  }
  return { networks, site: cluster.site, output, state: context.settings.state, interfaces };
}

/**
 * The files that the command is about, and the nodes to check them with; undefined if nothing new is
 * in them. Reservations that were there are not looked at again for each node more:
 * they were before they were written, and `changeReservations` sees to it that no other has their
 * addresses.
 */
async function plan(context: Context, cluster: Cluster, dhcp: DhcpInput, request: Request) {
  const now = await readReservations(dhcp);
  const hosts = changedHosts(context, cluster, dhcp, { ...request, now });
  const isFirst = (await readIfThere(mainFile(dhcp))) === undefined;
  const isConfig = request.new || isFirst;
  const unseen = isConfig ? hosts : newReservations(now, hosts);
  return {
    files: [...(isConfig ? await configFiles(dhcp) : []), ...reservationFiles(dhcp, hosts)],
    unseen: isConfig || unseen.length > 0 ? unseen : undefined,
  };
}

/** A request about nodes of which the server knows these. */
type Change = Request & { readonly now: readonly BootHost[] };

function changedHosts(
  context: Context,
  cluster: Cluster,
  dhcp: DhcpInput,
  request: Change,
): readonly BootHost[] {
  const wanted = wantedChange(context, cluster, dhcp, request);
  if (wanted === undefined) return request.now;
  const isNode = (name: string) => cluster.nodes.has(name);
  const { hosts, notes } = changeReservations(request.now, wanted, isNode);
  for (const note of notes) context.log.warn(note);
  return hosts;
}

function wantedChange(
  context: Context,
  cluster: Cluster,
  { networks }: DhcpInput,
  { noderange, all, delete: remove, now }: Change,
): ReservationChange | undefined {
  if (remove && all) return { remove: 'all' };
  if (!all && noderange === undefined) return undefined;
  if (remove && noderange !== undefined) {
    const kept = now.map(({ node }) => node);
    return { remove: nodesOrKept(context, cluster, noderange, kept) };
  }
  const nodes = noderange === undefined ? cluster.nodes : nodesOf(context, cluster, noderange);
  const contains = inDhcp(networks);
  return { set: bootHosts(cluster, contains, nodes), all };
}

/** In the words of xCAT. */
function queried(
  hosts: readonly BootHost[],
  context: Context,
  cluster: Cluster,
  { noderange }: Request,
): string[] {
  const nodes = noderange === undefined ? undefined : new Set(nodesOf(context, cluster, noderange));
  return hosts
    .filter(({ node }) => nodes?.has(node) ?? true)
    .map(({ node, ip, mac }) => `${node}: ip-address = ${ip}, hardware-address = ${mac}`);
}

async function reload(context: Context, changes: readonly FileChange[], dhcp: DhcpInput) {
  const changed = changes.filter(({ change }) => change !== 'unchanged');
  if (changed.length === 0) return;
  const file = mainFile(dhcp);
  const { dnsmasq } = dhcpPaths(dhcp.output);
  // With Kea it is the TFTP server.
  if (file !== dnsmasq && changed.some(({ path }) => path === dnsmasq)) {
    await reloadServers(context, dnsmasq, { restart: true });
  }
  const told = await reloadServers(context, file, {
    restart: changed.some(({ path }) => path.endsWith('.conf')),
  });
  if (told === 0) context.print(`no DHCP server runs with ${file}: statelite doctor says more`);
}
