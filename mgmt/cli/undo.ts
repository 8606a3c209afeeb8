import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';

export const undo = (context: Context) =>
  command({
    command: 'undo [change]',
    describe: 'Write the rows of a change back as they were; undo that, to have it again',
    options: (yargs) =>
      withJson(yargs)
        .positional('change', {
          type: 'string', // '' would be the number 0
          describe: 'Its number, as log prints it; without one, the last change',
        })
        .option('force', {
          alias: 'f',
          type: 'boolean',
          default: false,
          describe: 'Also if a row has been changed again since',
        })
        .check(({ change }) => {
          if (change?.trim() === '') throw new Error('the change is blank');
          if (change === undefined || /^\d{1,15}$/u.test(change)) return true;
          throw new Error('a change is a number, see log');
        }),
    run: async ({ change: given, force, json }) => {
      const change = given === undefined ? undefined : Number(given);
      const undone = await context.store().undo({ change, force });
      if (json) return printJson(context, undone);
      const { change: number, command: verb, who, rows } = undone;
      const by = [verb, who === '' ? '' : `by ${who}`].filter((part) => part !== '').join(' ');
      context.print(
        `change ${number}${by && ` (${by})`} undone: ${rows} row${rows === 1 ? '' : 's'}`,
      );
    },
  });
