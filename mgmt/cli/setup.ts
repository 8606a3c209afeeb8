import { explainError, hasCode, StateliteError } from '../../agent/errors.ts';
import { makeDirectory } from '../../agent/files/make-directory.ts';
import { namingFaults } from '../bootfiles/file-fault.ts';
import { type LoaderProgram, publishLoaders } from '../bootfiles/loaders.ts';
import { type Cluster, isEnabled } from '../core/cluster.ts';
import { readCluster } from '../db/read-cluster.ts';
import { tables } from '../db/tables.ts';
import { hasIscDhcp, writtenBackend } from '../setup/dhcp-backend.ts';
import { planFiles } from '../setup/files.ts';
import { writeGenerated } from '../setup/generated.ts';
import { withLock } from '../setup/lock.ts';
import { namedLoaders } from '../setup/named-loaders.ts';
import { type BootNetwork, parseNetwork } from '../setup/network.ts';
import { type NetworkRow, networkRows, rowChanges } from '../setup/networks.ts';
import { absentHere, notInstalled } from '../setup/this-machine.ts';
import { programSettings } from '../setup/units.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { generatedIn } from './given-path.ts';
import { setupAdmin, setupCertificates } from './setup-certificates.ts';
import { isAboutRow } from '../setup/network-notes.ts';
import { networksIn } from '../setup/networks-in.ts';
import { withWriting } from './writing-options.ts';
import { printChanges } from './written.ts';

export const setup = (context: Context) =>
  command({
    command: 'setup',
    describe: 'Make certificates, and the configuration of DHCP, TFTP and NFS servers',
    options: (yargs) =>
      withWriting(yargs)
        .option('network', {
          type: 'string',
          describe: 'The network that nodes boot from, e.g. 10.77.0.0/24; required but for --admin',
        })
        .option('server', {
          type: 'string',
          array: true,
          describe:
            'An address or name of this management node; one is in the network; required but for --admin',
        })
        .option('interface', { type: 'string', describe: 'The NIC in that network' })
        .option('range', {
          type: 'string',
          describe: 'Addresses for unknown machines, FIRST-LAST; default none',
        })
        .option('domain', { type: 'string', describe: 'The DNS domain of the nodes' })
        .option('gateway', { type: 'string', describe: 'Their router; default none' })
        .option('nameserver', { type: 'string', array: true, describe: 'Their name servers' })
        .option('network6', {
          type: 'string',
          describe: 'An IPv6 network to announce there, e.g. fd77::/64; default none',
        })
        .option('home', {
          type: 'string',
          describe:
            "Home directory whose .xcat gets root's client certificate; default root's, none for an --etc of its own",
        })
        .option('admin', {
          type: 'string',
          implies: 'out',
          describe: 'Make a client certificate for this administrator, and nothing else',
        })
        .option('out', {
          type: 'string',
          implies: 'admin',
          describe: 'Directory for it, which the administrator has as ~/.xcat',
        })
        .option('rotate-ca', {
          type: 'boolean',
          default: false,
          describe: 'Make the next CA beside this one; if it is there, let it sign from now on',
        }),
    run: async (args) => {
      if (args.admin !== undefined) {
        await setupAdmin(args.admin, args.out ?? '', context);
        return;
      }
      const network = parseNetwork({ ...args, ...required(args) });
      const { dryRun, force } = args;
      const output = generatedIn(context, args.output);
      const { files, directories, changes, cluster } = await withLock(output, async () => {
        const planned = await plan(context, network, output);
        // Before the check: Kea refuses an interface without the address, and a note says what to do.
        for (const note of planned.notes) context.log.warn(note);
        if (!force) await planned.check();
        return { ...planned, changes: await writeGenerated(planned.files, { dryRun, force }) };
      });
      if (dryRun) {
        printChanges(context, changes, dryRun);
        for (const line of rowChanges(cluster.rows.networks, network)) context.print(line);
      } else {
        for (const directory of directories) makeDirectory(directory);
        await keepNetwork(context, network);
        for (const { net } of cluster.rows.networks.filter((row) => !isEnabled(row))) {
          context.log.warn(`networks row net=${net} was disabled: it counts again`);
        }
        await setupCertificates(network.serverNames, args, context);
        for (const { path, use } of files) if (use !== undefined) context.print(`${path}: ${use}`);
        // ISC's DHCP server names loaders of its own.
        if (!hasIscDhcp(cluster.site)) await publish(context, cluster);
      }
    },
  });

async function plan(context: Context, network: BootNetwork, output: string) {
  const { settings } = context;
  const cluster = await withNamed(context, network);
  const { networks, interfaces, notes } = networksIn(cluster, network);
  const files = await planFiles({
    network,
    networks,
    cluster,
    interfaces,
    output,
    ...programSettings(settings),
  });
  const missing = [
    ...networks.flatMap((one) => {
      const row = `a networks row names it, chtab -d net=${one.address} networks removes that`;
      const more = one.cidr === network.cidr ? '' : `; ${row}`;
      return absentHere(one, interfaces).map((note) => note + more);
    }),
    ...(await notInstalled(writtenBackend(cluster.site))),
  ];
  const about = hasIscDhcp(cluster.site) ? notes.filter(isAboutRow) : notes;
  return { ...files, cluster, notes: [...about, ...files.notes, ...missing] };
}

/** The cluster with the rows of the network also if they are disabled: setup enables them. */
async function withNamed(context: Context, network: BootNetwork): Promise<Cluster> {
  const cluster = await readCluster(context.store(), context.settings);
  const all = await context.store().select(tables.networks);
  const named = networkRows(network);
  const isNamed = (row: NetworkRow) =>
    named.some(({ net, mask }) => net === row.net && mask === row.mask);
  const networks = all.filter((row) => isEnabled(row) || isNamed(row));
  return { ...cluster, rows: { ...cluster.rows, networks } };
}

/** makedhcp finds it there; other columns that no option is about stay. */
async function keepNetwork(context: Context, network: BootNetwork): Promise<void> {
  await context.store().transaction(async (rows) => {
    for (const row of networkRows(network)) {
      await rows.upsert(tables.networks, { ...row, disable: null });
    }
  });
}

/**
 * The loaders that DHCP names, so that nodeset leaves none missing. One for firmware that no node of
 * the tables has is made if this machine can, and not missed.
 */
async function publish(context: Context, cluster: Cluster): Promise<void> {
  const { needed, others } = namedLoaders(cluster);
  const { tftpdir } = cluster.site;
  const make = async (loaders: readonly LoaderProgram[]) => {
    try {
      return await namingFaults(tftpdir, () => publishLoaders(loaders, tftpdir));
    } catch (error) {
      if (!hasCode(error, 'ERR_STATELITE_BOOTFILE')) throw error;
      return explainError(error);
    }
  };
  for (const note of await make(needed)) context.log.warn(note);
  await make(others);
}

function required({
  network,
  server = [],
}: {
  readonly network?: string | undefined;
  readonly server?: readonly string[] | undefined;
}) {
  if (network !== undefined && server.length > 0) return { network, server: [...server] };
  throw new StateliteError('ERR_STATELITE_USAGE', 'setup needs --network and --server', {
    hint: 'statelite setup --network 10.77.0.0/24 --server 10.77.0.1',
  });
}
