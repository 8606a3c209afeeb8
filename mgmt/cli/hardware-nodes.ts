import type { Argv } from 'yargs';
import { explainError, StateliteError } from '../../agent/errors.ts';
import type { Cluster } from '../core/cluster.ts';
import { readCluster } from '../db/read-cluster.ts';
import { powerAccess } from '../power/access.ts';
import type { Control } from '../power/control.ts';
import { controlOf } from '../power/control-of.ts';
import { type NodeFailure, onMany, paceOf } from '../power/many.ts';
import type { Context } from './context.ts';
import { nodesOf } from './nodes-of.ts';

/** Adds what every verb for the hardware of nodes takes. */
export function withNodes<A>(yargs: Argv<A>) {
  return yargs
    .positional('noderange', {
      type: 'string',
      demandOption: true,
      describe: 'Nodes and groups, e.g. compute,login[01-04]',
    })
    .option('timeout', {
      type: 'number',
      requiresArg: true,
      default: 30,
      describe: 'Seconds a controller has for each answer',
    })
    .check(({ timeout }) => {
      if (timeout > 0 && timeout <= 3600) return true;
      throw new Error('--timeout takes a number of seconds');
    });
}

/** The nodes of a noderange and what the tables say of their hardware. */
export async function readHardware(
  context: Context,
  noderange: string,
): Promise<{ cluster: Cluster; nodes: string[] }> {
  const cluster = await readCluster(context.store(), context.settings);
  return { cluster, nodes: nodesOf(context, cluster, noderange) };
}

/**
 * Works on the hardware of each node, some at a time, and prints `node: what it gave` as they come.
 * Who fails is logged, unless it is the only one, and does not keep the others from it. Gives those
 * that failed.
 */
export async function onHardware(
  context: Context,
  { cluster, nodes, timeout }: { cluster: Cluster; nodes: readonly string[]; timeout: number },
  work: (control: Control, node: string) => Promise<string | undefined>,
): Promise<readonly NodeFailure[]> {
  return interruptible((signal) =>
    onMany(nodes, paceOf(cluster.site), signal, {
      work: async (node) => {
        const access = powerAccess(cluster, node);
        const said = await work(controlOf(access, { limit: 1000 * timeout, signal }), node);
        if (said !== undefined) context.print(`${node}: ${said}`);
      },
      failed: ({ node, error }) => {
        if (nodes.length === 1) return;
        for (const line of explainError(error)) context.log.error(`${node}: ${line}`);
      },
    }),
  );
}

/** One error for a command of which some nodes failed; each was logged, unless it was the only one. */
export function throwFailures(failures: readonly NodeFailure[], all: number): void {
  const [first] = failures;
  if (first === undefined) return;
  const { node, error } = first;
  if (all === 1) {
    const { message } = error;
    const named = message.startsWith(`${node} `) ? message : `${node}: ${message}`;
    throw new StateliteError(error.code, named, {
      cause: error.cause,
      ...(error.hint !== undefined && { hint: error.hint }),
    });
  }
  const names = failures.map((failure) => failure.node);
  const shown = names.length > 10 ? [...names.slice(0, 10), '…'] : names;
  throw new StateliteError(
    error.code,
    `${names.length} of ${all} nodes failed: ${shown.join(', ')}`,
    { hint: 'the lines above say why' },
  );
}

/** Ctrl-C ends what is under way and begins no more; a second one ends the process. */
async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
