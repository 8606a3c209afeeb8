import { answer, answerLines } from '../completion/answer.ts';
import { bashScript } from '../completion/bash.ts';
import { isCommand } from '../completion/command-names.ts';
import { definitionOf } from '../completion/definition.ts';
import { fishScript } from '../completion/fish.ts';
import { readNames } from '../completion/read-names.ts';
import { zshScript } from '../completion/zsh.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { nameOf } from './parse.ts';
import { printLines } from './print-lines.ts';
import { loadVerbs } from './verbs.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

export const completion = (context: Context) =>
  command({
    command: 'completion <shell>',
    describe: 'Print the script that completes words in a shell',
    options: (yargs) =>
      yargs
        .positional('shell', {
          choices: ['bash', 'zsh', 'fish'] as const,
          demandOption: true,
          describe: 'The shell that reads the script',
        })
        // The scripts ask with it: the words of a command line on stdin, each ended by NUL.
        .option('answer', { type: 'boolean', default: false, hidden: true }),
    run: async ({ shell, answer: isAsked }) => {
      const verbs = (await loadVerbs()).map((define) => define(context));
      if (!isAsked) {
        const commands = ['statelite', ...verbs.map(nameOf).filter(isCommand)];
        context.print(scripts[shell](commands));
        return;
      }
      const words = (await context.stdin()).split('\0').slice(0, -1);
      const names = readNames(context.settings.database);
      const found = await answer(words, verbs.map(definitionOf), names);
      printLines(context, answerLines(found, { notes: shell !== 'bash' }));
    },
  });
