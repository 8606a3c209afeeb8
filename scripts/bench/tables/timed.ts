import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Figures } from './report.ts';

const run = promisify(execFile);

/** Node cannot tell the time of its children; bash can, in milliseconds. */
const timer = 'LC_ALL=C; TIMEFORMAT=\'%R %U %S\'; time "$0" "$@"';

/** One process from start to end. */
export interface Run extends Figures {
  readonly lines: number;
}

/** Runs a program; throws if it fails, or prints fewer lines than tell that it did its work. */
export async function timed(argv: readonly string[], fewest: number): Promise<Run> {
  const { stdout, stderr } = await run('bash', ['-c', timer, ...argv], {
    maxBuffer: Infinity,
  });
  const times = stderr.trimEnd().split('\n').at(-1) ?? ''; // behind what the program warns of
  const [wall = Number.NaN, user = Number.NaN, kernel = Number.NaN] = times.split(' ').map(Number);
  if (Number.isNaN(wall + user + kernel)) throw new Error(`${argv.join(' ')}: ${stderr}`);
  const lines = stdout.split('\n').length - 1;
  if (lines < fewest) throw new Error(`${argv.join(' ')} printed only ${lines} lines`);
  return { wallMs: wall * 1000, cpuMs: (user + kernel) * 1000, lines };
}
