import { once } from 'node:events';
import { StateliteError } from '../../agent/errors.ts';
import type { AttachMode } from '../consoles/greeting.ts';
import { consolePlaces } from '../consoles/place.ts';
import { sit } from '../consoles/seat.ts';
import { type ConsoleServerDeps, startConsoleServer } from '../consoles/server.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';
import { readCluster } from '../db/read-cluster.ts';
import { consoleAccess } from '../power/access.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { nodesOf } from './nodes-of.ts';

export const rcons = (context: Context) =>
  command({
    command: 'rcons <noderange>',
    describe: 'Attach this terminal to the console of a node; ^Ec. leaves',
    options: (yargs) =>
      yargs
        .positional('noderange', {
          type: 'string',
          demandOption: true,
          describe: 'One node; with --serve nodes and groups',
        })
        .option('force', {
          alias: 'f',
          type: 'boolean',
          default: false,
          describe: 'Write in place of whoever does; ^Ecf does it later',
        })
        .option('spy', {
          alias: 's',
          type: 'boolean',
          default: false,
          describe: 'Read only',
        })
        .option('serve', {
          type: 'boolean',
          default: false,
          describe:
            'Be the console server: record the consoles of the nodes, and let others attach',
        })
        .check(({ force, spy }) => {
          if (force && spy) throw new Error('-f and -s exclude each other');
          return true;
        }),
    run: async ({ noderange, force, spy, serve }) => {
      const cluster = await readCluster(context.store(), context.settings);
      const nodes = nodesOf(context, cluster, noderange);
      if (serve) return serveConsoles(context, cluster, nodes);
      const [node] = nodes;
      if (node === undefined || nodes.length !== 1) {
        throw new StateliteError(
          'ERR_STATELITE_USAGE',
          `rcons takes one node, not ${nodes.length}`,
          {
            hint: 'wcons opens a window for each',
          },
        );
      }
      await attachHere(context, node, force ? 'force' : spy ? 'spy' : 'write');
    },
  });

/** Sits whoever runs this command at the console of a node, with the terminal in raw mode. */
export async function attachHere(context: Context, node: string, mode: AttachMode): Promise<void> {
  const { stdin: input, stdout: output } = process;
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGTERM', onSignal).once('SIGHUP', onSignal).once('SIGINT', onSignal);
  try {
    // ^C is for the node, too.
    if (input.isTTY) input.setRawMode(true);
    await sit({ node, mode }, { input, output }, depsOf(context, 'quiet'), stop.signal);
  } finally {
    if (input.isTTY) input.setRawMode(false);
    process.off('SIGTERM', onSignal).off('SIGHUP', onSignal).off('SIGINT', onSignal);
  }
}

/** Until SIGTERM or SIGINT. Consoles that are opened on demand are not opened before. */
async function serveConsoles(
  context: Context,
  cluster: Cluster,
  nodes: readonly string[],
): Promise<void> {
  const server = await startConsoleServer(depsOf(context, 'told'));
  if (server === undefined) {
    throw new StateliteError('ERR_STATELITE_HARDWARE', 'another process is the console server', {
      hint: 'a service, or an rcons that began without one: it ends when that is left',
    });
  }
  const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  try {
    let count = 0;
    for (const node of nodes.filter((each) => !isOnDemand(cluster, each))) {
      try {
        await server.record(node);
        count += 1;
      } catch (error) {
        if (!(error instanceof StateliteError)) throw error;
        context.log.warn(`${node}: not recorded: ${error.message}`);
      }
    }
    context.log.info(`${count} of ${nodes.length} consoles are recorded`);
    await stopped;
  } finally {
    await server.close();
  }
}

/** As stock: nodehm.consoleondemand, else site.consoleondemand; yes opens it when it is looked at. */
function isOnDemand(cluster: Cluster, node: string): boolean {
  const own = attributeOf(cluster, node, 'nodehm', 'consoleondemand');
  return /^(?:1|y|yes)$/iu.test(own ?? cluster.site.get('consoleondemand') ?? '');
}

const silent = { info: () => {}, warn: () => {} };

/** A terminal that shows a console has no place for what the server would log. */
function depsOf(context: Context, telling: 'told' | 'quiet'): ConsoleServerDeps {
  return {
    places: consolePlaces(context.settings.state),
    access: async (node) => {
      const cluster = await readCluster(context.store(), context.settings);
      if (!cluster.nodes.has(node)) {
        throw new StateliteError('ERR_STATELITE_NODERANGE', `no node ${node}`);
      }
      return consoleAccess(cluster, node);
    },
    log: telling === 'told' ? context.log : silent,
  };
}
