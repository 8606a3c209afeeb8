import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';
import type { NodeCondition } from '../core/node-condition.ts';
import { expandNoderange } from '../core/noderange.ts';
import type { Context } from './context.ts';

/**
 * The nodes of a noderange of the command line, where `^file` is a file of this machine. Throws
 * ERR_STATELITE_USAGE for a blank one, ERR_STATELITE_NODERANGE like `expandNoderange`, and if the
 * file cannot be read.
 */
export function nodesOf(context: Pick<Context, 'cwd'>, cluster: Cluster, range: string): string[] {
  refuseBlankRange(range);
  const readHere = (file: string) => readList(resolve(context.cwd, file));
  return expandNoderange(range, cluster, { readList: readHere });
}

/**
 * A noderange that says nothing is an unset shell variable: to do nothing, and say nothing of it,
 * would look like success. ERR_STATELITE_USAGE.
 */
export function refuseBlankRange(range: string): void {
  if (!/^[\s"']*$/u.test(range)) return;
  throw new StateliteError('ERR_STATELITE_USAGE', 'the noderange is blank', {
    hint: 'is a variable of the shell not set?',
  });
}

/** Whether a condition holds for what counts for the node, inherited values too. */
export function holdsFor(
  { table, column, holds }: NodeCondition,
  node: string,
  cluster: Cluster,
): boolean {
  return holds(attributeOf(cluster, node, table, column));
}

function readList(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR')) throw cause;
    throw new StateliteError('ERR_STATELITE_NODERANGE', `cannot read ${path}`, { cause });
  }
}
