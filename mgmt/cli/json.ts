import type { Argv } from 'yargs';
import { plainJson } from '../core/plain.ts';
import type { Context } from './context.ts';

/** Adds `--json` to a verb's options. */
export function withJson<A>(yargs: Argv<A>) {
  return yargs.option('json', { type: 'boolean', default: false, describe: 'Print JSON' });
}

/** Prints a value as JSON for people and programs alike. */
export function printJson({ print }: Pick<Context, 'print'>, value: unknown): void {
  print(plainJson(value, 2));
}
