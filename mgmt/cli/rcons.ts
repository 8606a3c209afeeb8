import { StateliteError } from '../../agent/errors.ts';
import type { AttachMode } from '../consoles/greeting.ts';
import { soberTerminal } from '../consoles/replayable.ts';
import { sit } from '../consoles/seat.ts';
import { readCluster } from '../db/read-cluster.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { nodesOf } from './nodes-of.ts';
import { consoleDeps, serveConsoles } from './serve-consoles.ts';

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
      if (serve) return serveConsoles(context, noderange);
      const cluster = await readCluster(context.store(), context.settings);
      const nodes = nodesOf(context, cluster, noderange);
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

/** Sits whoever runs this command at the console of a node, with the terminal in raw mode meanwhile. */
export async function attachHere(context: Context, node: string, mode: AttachMode): Promise<void> {
  const { stdin: input, stdout: output } = process;
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  const raw = (isRaw: boolean) => {
    if (input.isTTY) input.setRawMode(isRaw);
    if (output.isTTY && !isRaw) output.write(soberTerminal);
  };
  process.once('SIGTERM', onSignal).once('SIGHUP', onSignal).once('SIGINT', onSignal);
  try {
    await sit({ node, mode }, { input, output, raw }, consoleDeps(context), stop.signal);
  } finally {
    process.off('SIGTERM', onSignal).off('SIGHUP', onSignal).off('SIGINT', onSignal);
  }
}
