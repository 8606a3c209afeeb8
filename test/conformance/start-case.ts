import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { StateliteError } from '../../agent/errors.ts';
import type { CaseInput } from './case.ts';
import type { GivenTree } from './entry.ts';
import type { BootRun } from './run-boot.ts';
import type { ImageRun } from './run-image.ts';

export interface CaseWish {
  readonly input: CaseInput;
  /** The image tree below the case's own. */
  readonly base: GivenTree;
}

export interface CaseRun {
  readonly liteimg: readonly ImageRun[];
  readonly boots: readonly BootRun[];
}

/** No case takes seconds; one that does is stuck. */
const limit = 120_000;

/**
 * Runs a case in a process with a mount namespace of its own: whatever it mounts vanishes with it,
 * also when it is killed. Needs root.
 */
export async function startCase(wish: CaseWish, signal: AbortSignal): Promise<CaseRun> {
  const script = join(import.meta.dirname, 'run-case.ts');
  const argv = ['-m', '--propagation', 'private', process.execPath, script];
  const stop = AbortSignal.any([signal, AbortSignal.timeout(limit)]);
  const child = spawn('unshare', argv, { signal: stop, killSignal: 'SIGKILL' });
  const { promise, resolve } = Promise.withResolvers<number | null>();
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
    if (child.pid === undefined) resolve(null); // it was never started
  });
  child.once('close', resolve);
  child.stdin.on('error', () => {}); // it ended before it read all; its own words say why
  child.stdin.end(JSON.stringify(wish));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const code = await promise;
  signal.throwIfAborted();
  if (failure !== undefined) throw unusable(failure.message);
  if (code !== 0) {
    throw unusable(err.trim() || `it ended with ${code}`);
  }
  return JSON.parse(out); // what run-case.ts wrote
}

function unusable(reason: string): StateliteError {
  return new StateliteError('ERR_STATELITE_COMMAND', `the case could not be run: ${reason}`);
}
