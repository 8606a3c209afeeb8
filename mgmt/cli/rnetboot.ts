import { command } from './command.ts';
import type { Context } from './context.ts';
import { bootFrom } from './boot-from.ts';
import { readHardware, throwFailures, withNodes } from './hardware-nodes.ts';

export const rnetboot = (context: Context) =>
  command({
    command: 'rnetboot <noderange>',
    describe: 'Boot nodes from the network, once: rsetboot net and rpower boot',
    options: (yargs) =>
      withNodes(yargs)
        .option('source', {
          alias: 's',
          choices: ['net', 'hd'] as const,
          default: 'net' as const,
          requiresArg: true,
          describe: 'What to boot from',
        })
        .option('uefi', {
          alias: 'u',
          type: 'boolean',
          default: false,
          describe: 'Boot in UEFI mode',
        }),
    run: async ({ noderange, source: device, uefi, timeout }) => {
      const { cluster, nodes } = await readHardware(context, noderange);
      const failures = await bootFrom(context, nodes, { cluster, device, uefi, timeout });
      throwFailures(failures, nodes.length);
    },
  });
