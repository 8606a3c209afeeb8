import { spawn } from 'node:child_process';
import { mkdtempDisposable } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { hostSince } from './host.ts';
import { renderReport } from './link/render.ts';
import { type LinkReport, reportOf } from './link/report.ts';
import type { Measured, RoomGiven } from './link/run.ts';
import { requireStrace } from './strace.ts';

/** A script of thousands of rows runs for half a minute: its median is of three at most. */
const mostScriptRuns = 3;

/**
 * Measures the agent's linking stage and the same work by a shell script, on the same images, and
 * prints the report. Throws if both do not end in the same, or a tool is missing.
 */
export async function benchLink({
  rows,
  runs,
}: {
  readonly rows: readonly number[];
  readonly runs: number;
}): Promise<void> {
  await requireStrace();
  const before = loadavg();
  await using directory = await mkdtempDisposable(join(tmpdir(), 'statelite-bench-'));
  const scriptRuns = Math.min(runs, mostScriptRuns);
  const tables = await measure({ directory: directory.path, rows, runs, scriptRuns });
  const report: LinkReport = reportOf(tables, hostSince(before));
  process.stdout.write(`${JSON.stringify(report, undefined, 1)}\n`);
  process.stderr.write(`\n${renderReport(report).join('\n')}\n`);
}

async function measure(given: RoomGiven): Promise<Measured[]> {
  const room = join(import.meta.dirname, 'link/room.ts');
  const argv = ['-m', '--propagation', 'private', process.execPath, room];
  const child = spawn('unshare', argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(given));
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject);
  child.once('close', resolve);
  const output = await text(child.stdout);
  const code = await promise;
  if (code !== 0) throw new Error(`the benchmark ended with ${code}; what failed stands above`);
  return JSON.parse(output);
}
