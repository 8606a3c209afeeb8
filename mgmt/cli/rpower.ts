import { operate, powerOperations } from '../power/operate.ts';
import { statusRecorder } from '../power/record-status.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { onHardware, readHardware, throwFailures, withNodes } from './hardware-nodes.ts';

export const rpower = (context: Context) =>
  command({
    command: 'rpower <noderange> <operation>',
    describe: 'Switch nodes on and off, or say whether they are on',
    options: (yargs) =>
      withNodes(yargs).positional('operation', {
        choices: powerOperations,
        demandOption: true,
        describe:
          'on, off, softoff (ask the operating system), reset, cycle (off, then on), boot (reset, or ' +
          'on if it is off), stat (say whether it is on)',
      }),
    run: async ({ noderange, operation, timeout }) => {
      const { cluster, nodes } = await readHardware(context, noderange);
      const record = statusRecorder(cluster, context.store());
      const failures = await onHardware(
        context,
        { cluster, nodes, timeout },
        async (control, node) => {
          const said = await operate(control, operation);
          await record(node, operation, said);
          return said;
        },
      );
      throwFailures(failures, nodes.length);
    },
  });
