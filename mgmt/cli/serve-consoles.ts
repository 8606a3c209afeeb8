import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { StateliteError } from '../../agent/errors.ts';
import { consolePlaces } from '../consoles/place.ts';
import {
  type ConsoleServer,
  type ConsoleServerDeps,
  startConsoleServer,
} from '../consoles/server.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';
import { readCluster } from '../db/read-cluster.ts';
import { openStore, type Store } from '../db/store.ts';
import { consoleAccess } from '../power/access.ts';
import type { Context } from './context.ts';
import { lastingStore } from './lasting-store.ts';
import { nodesOf } from './nodes-of.ts';

/**
 * Is the console server until SIGTERM or SIGINT, and records the consoles of a noderange. SIGHUP lets it
 * read the tables again. Throws ERR_STATELITE_HARDWARE if there is a console server already.
 */
export async function serveConsoles(context: Context, noderange: string): Promise<void> {
  const { database } = context.settings;
  await using lasting = lastingStore(database, () => openStore(database));
  const tables = tablesOf(lasting.store, context);
  let server: ConsoleServer | undefined;
  const stop = new AbortController();
  const { signal } = stop;
  // From the beginning on: without it SIGHUP is the end. The tables are read last, so nothing is missed.
  const onHangup = () => {
    if (server !== undefined) void readAgain(context, tables, server, { noderange, signal });
  };
  process.on('SIGHUP', onHangup);
  try {
    server = await startConsoleServer(depsOf(tables, context, context.log));
    if (server === undefined) throw alreadyServed();
    const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]).then(() =>
      stop.abort(),
    );
    const wanted = nodesToRecord(context, await tables.now(), noderange);
    await recordOnly(context, server, wanted, signal);
    await stopped;
  } finally {
    process.off('SIGHUP', onHangup);
    await server?.close();
  }
}

function alreadyServed(): StateliteError {
  return new StateliteError('ERR_STATELITE_HARDWARE', 'another process is the console server', {
    hint: 'a service, or an rcons that began without one: it ends when that is left',
  });
}

/** For a terminal that shows a console: it has no place for what the server would log. */
export function consoleDeps(context: Context): ConsoleServerDeps {
  return depsOf(tablesOf(context.store, context), context, { info: () => {}, warn: () => {} });
}

async function readAgain(
  context: Context,
  { now }: Tables,
  server: ConsoleServer,
  { noderange, signal }: { readonly noderange: string; readonly signal: AbortSignal },
): Promise<void> {
  try {
    const wanted = nodesToRecord(context, await now(), noderange);
    await recordOnly(context, server, wanted, signal);
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    context.log.error(`the tables are not read again: ${error.message}`);
  }
}

/** Milliseconds from one console to the next: a program is begun for most of them, all are not at once. */
const opening = 20;

/** Records the consoles of these nodes, and of no others. */
async function recordOnly(
  context: Context,
  server: ConsoleServer,
  nodes: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const wanted = new Set(nodes);
  for (const node of server.recorded) if (!wanted.has(node)) server.forget(node);
  for (const node of nodes) {
    if (signal.aborted) return;
    if (server.recorded.has(node)) continue;
    try {
      await server.record(node);
      await sleep(opening);
    } catch (error) {
      if (!(error instanceof StateliteError)) throw error;
      context.log.warn(`${node}: not recorded: ${error.message}`);
    }
  }
  context.log.info(`${server.recorded.size} of ${nodes.length} consoles are recorded`);
}

/** Consoles that are opened on demand are not opened before. */
function nodesToRecord(context: Context, cluster: Cluster, noderange: string): string[] {
  return nodesOf(context, cluster, noderange).filter((node) => !isOnDemand(cluster, node));
}

/** As stock: nodehm.consoleondemand, else site.consoleondemand; yes opens it when it is looked at. */
function isOnDemand(cluster: Cluster, node: string): boolean {
  const own = attributeOf(cluster, node, 'nodehm', 'consoleondemand');
  return /^(?:1|y|yes)$/iu.test(own ?? cluster.site.get('consoleondemand') ?? '');
}

/** Milliseconds that tables are good for: many consoles are opened one after the other. */
const freshness = 300;

interface Tables {
  readonly now: () => Promise<Cluster>;
  /** As they are, or were a moment ago. */
  readonly lately: () => Promise<Cluster>;
}

function tablesOf(store: () => Store, { settings }: Pick<Context, 'settings'>): Tables {
  let last: { readonly at: number; readonly read: Promise<Cluster> } | undefined;
  const now = async () => {
    last = { at: Date.now(), read: readCluster(store(), settings) };
    return last.read;
  };
  const isFresh = () => last !== undefined && Date.now() - last.at <= freshness;
  return { now, lately: async () => (isFresh() && last !== undefined ? last.read : now()) };
}

function depsOf(
  { lately }: Tables,
  { settings }: Context,
  log: ConsoleServerDeps['log'],
): ConsoleServerDeps {
  return {
    places: consolePlaces(settings.state),
    access: async (node) => {
      const cluster = await lately();
      if (!cluster.nodes.has(node)) {
        throw new StateliteError('ERR_STATELITE_NODERANGE', `no node ${node}`);
      }
      return consoleAccess(cluster, node);
    },
    log,
  };
}
