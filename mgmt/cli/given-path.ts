import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import type { Context } from './context.ts';

/**
 * A path of the command line, absolute; `what` names the argument. Throws ERR_STATELITE_USAGE for a
 * blank one: that is an unset shell variable, and would mean the directory one happens to be in.
 */
export function pathGiven(context: Pick<Context, 'cwd'>, what: string, path: string): string {
  if (path.trim() !== '') return resolve(context.cwd, path);
  throw new StateliteError('ERR_STATELITE_USAGE', `${what} is blank`, {
    hint: 'is a variable of the shell not set?',
  });
}

/** Where setup, makedhcp and makedns write: --output, else a directory of ours. */
export function generatedIn(context: Pick<Context, 'cwd' | 'settings'>, output?: string): string {
  return output === undefined
    ? join(context.settings.etc, 'generated')
    : pathGiven(context, '--output', output);
}

/**
 * The same for a file that is to be written. ERR_STATELITE_NOT_FOUND if its directory is not there:
 * a mistyped one is not made.
 */
export function outputGiven(context: Pick<Context, 'cwd'>, what: string, path: string): string {
  const file = pathGiven(context, what, path);
  const directory = dirname(file);
  if (existsSync(directory)) return file;
  throw new StateliteError('ERR_STATELITE_NOT_FOUND', `there is no directory ${directory}`, {
    hint: `make it first, if ${what} is right`,
  });
}
