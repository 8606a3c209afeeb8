import type { Argv } from 'yargs';

/** Options of commands that write files for other programs of this machine. */
export function withWriting<A>(yargs: Argv<A>) {
  return withSafeWriting(yargs).option('output', {
    type: 'string',
    describe: 'Directory of the written files; default <etc>/generated',
  });
}

/** The same for a command whose file has a place of its own. */
export function withSafeWriting<A>(yargs: Argv<A>) {
  return yargs
    .option('dry-run', {
      type: 'boolean',
      default: false,
      describe: 'Show what would change as a unified diff, and write nothing',
    })
    .option('force', {
      type: 'boolean',
      default: false,
      describe: 'Replace also what was changed by hand, or is not ours; it stays as <file>.saved',
    });
}
