import { spawn } from 'node:child_process';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { environmentWith, variableOf } from '../config.ts';
import { readCluster } from '../db/read-cluster.ts';
import { consoleAccess } from '../power/access.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { nodesOf } from './nodes-of.ts';

/** More windows than these are of no use, and start as many processes. */
const mostWindows = 64;

export const wcons = (context: Context) =>
  command({
    command: 'wcons <noderange>',
    describe: 'Open a window with the console of each node, by xterm',
    options: (yargs) =>
      yargs
        .positional('noderange', {
          type: 'string',
          demandOption: true,
          describe: 'Nodes and groups, e.g. compute,login[01-04]',
        })
        .option('tile', {
          alias: 't',
          type: 'number',
          requiresArg: true,
          describe: 'Place so many windows beside each other, the others below',
        })
        .option('spy', { alias: 's', type: 'boolean', default: false, describe: 'Read only' })
        .check(({ tile }) => {
          if (tile === undefined || (Number.isInteger(tile) && tile > 0)) return true;
          throw new Error('-t takes a number of windows');
        }),
    run: async ({ noderange, tile, spy }) => {
      const cluster = await readCluster(context.store(), context.settings);
      const nodes = nodesOf(context, cluster, noderange);
      if (nodes.length > mostWindows) {
        throw new StateliteError(
          'ERR_STATELITE_USAGE',
          `wcons opens at most ${mostWindows} windows, not ${nodes.length}`,
          { hint: 'name fewer nodes; statelite watch shows all of them' },
        );
      }
      for (const node of nodes) consoleAccess(cluster, node);
      const words = [...thisProgram(), 'rcons', ...(spy ? ['-s'] : [])];
      for (const [index, node] of nodes.entries()) {
        await openWindow(context, ['-T', node, ...placeOf(index, tile), '-e', ...words, node]);
      }
    },
  });

/** A window of xterm's usual size and font is about so large, with its frame. */
const windowSize = { width: 500, height: 350 };

/** The place of a window on the screen, as X11 writes it. */
export function placeOf(index: number, tile: number | undefined): string[] {
  if (tile === undefined) return [];
  const x = (index % tile) * windowSize.width;
  const y = Math.floor(index / tile) * windowSize.height;
  return ['-geometry', `80x24+${x}+${y}`];
}

/** This program again: a single executable, or Node with the sources. */
function thisProgram(): string[] {
  const [, script] = process.argv;
  const isSingle = script === undefined || script === process.execPath;
  return isSingle ? [process.execPath] : [process.execPath, ...process.execArgv, script];
}

/** Resolves when the window's program runs; it goes on after this command. */
async function openWindow({ settings }: Context, argv: readonly string[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { etc, state, database } = settings;
  const own = Object.entries({ etc, state, database });
  const child = spawn('xterm', argv, {
    detached: true,
    stdio: 'ignore',
    env: environmentWith(Object.fromEntries(own.map(([name, value]) => [variableOf(name), value]))),
  });
  child.once('spawn', resolve).once('error', reject);
  try {
    await promise;
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new StateliteError('ERR_STATELITE_HARDWARE', 'xterm is not installed', {
      hint: 'apt install xterm, or attach this terminal: statelite rcons NODE',
    });
  }
  child.unref();
}
