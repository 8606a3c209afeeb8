import { bootWords } from '../power/control.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { onHardware, readHardware, throwFailures, withNodes } from './hardware-nodes.ts';

export const rsetboot = (context: Context) =>
  command({
    command: 'rsetboot <noderange> [device]',
    describe: 'Set what nodes boot from next, or say it',
    options: (yargs) =>
      withNodes(yargs)
        .positional('device', {
          choices: ['net', 'hd', 'cd', 'default', 'def', 'stat'] as const,
          default: 'stat' as const,
          describe: 'net, hd, cd, default (what the firmware is set to), stat (say what is set)',
        })
        .option('uefi', {
          alias: 'u',
          type: 'boolean',
          default: false,
          describe: 'Boot in UEFI mode',
        })
        .option('persistent', {
          alias: 'p',
          type: 'boolean',
          default: false,
          describe: 'From now on, not only the next time',
        }),
    run: async ({ noderange, device, uefi, persistent, timeout }) => {
      const { cluster, nodes } = await readHardware(context, noderange);
      const failures = await onHardware(context, { cluster, nodes, timeout }, async (control) => {
        if (device === 'stat') return control.boot();
        const chosen = device === 'def' ? 'default' : device;
        await control.setBoot({ device: chosen, uefi, persistent });
        return bootWords[chosen];
      });
      throwFailures(failures, nodes.length);
    },
  });
