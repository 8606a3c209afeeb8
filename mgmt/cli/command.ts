import type { Argv, ArgumentsCamelCase, CommandModule } from 'yargs';

/** A verb as `main` takes it, whatever its own arguments are. */
// oxlint-disable-next-line typescript/no-explicit-any -- yargs types commands by their own arguments
export type Verb = CommandModule<any, any>;

/** Gives `run` the arguments' type from `options`, which a bare CommandModule literal loses. */
export function command<A>(spec: {
  command: string;
  describe: string;
  options: (yargs: Argv) => Argv<A>;
  run: (args: ArgumentsCamelCase<A>) => Promise<void>;
}): CommandModule<object, A> {
  return {
    command: spec.command,
    describe: spec.describe,
    builder: spec.options,
    handler: spec.run,
  };
}
