import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import { linuxSystem } from '../../../agent/linux.ts';
import { loadNative } from '../../../agent/native/load.ts';
import { median } from '../figures.ts';
import { type Calls, countSummary, countTraced, straceAll } from '../strace.ts';
import { plantWorkload } from './place.ts';
import type { AgentRun, Measured, Measures, RoomGiven, Run, RunGiven } from './run.ts';
import { refuseOther } from './seen.ts';
import type { Script } from './shell-script.ts';
import { workloadOf } from './workload.ts';

/**
 * The measurements of every table, in a mount namespace of their own: the work is on a tmpfs, and
 * each run gets a namespace within this one, so that nothing of it is left for the next.
 */
const {
  directory,
  rows: sizes,
  runs,
  scriptRuns,
}: RoomGiven = JSON.parse(await text(process.stdin)); // what ../link.ts wrote

/** Looking each parent up in the list is quadratic: 4,000 rows would take the script minutes. */
const mostWhole = 1000;
const shellRun = join(import.meta.dirname, 'shell-run.ts');
const native = loadNative(tmpdir());
const system = linuxSystem(native);
await system.mount('bench', directory, 'tmpfs', 'mode=755');
const agentRun = join(directory, 'agent-run.mjs');
await bundle(agentRun);
const tables: Measured[] = [];
for (const rows of sizes) tables.push(await measure(rows));
process.stdout.write(JSON.stringify(tables));

async function measure(rows: number): Promise<Measured> {
  const at = join(directory, String(rows));
  const work = await workloadOf(rows);
  say(`${rows} rows: preparing the image`);
  await mkdir(at);
  await plantWorkload(at, work, native);
  const given: RunGiven = { at, rows: work.rows };

  say(`${rows} rows: the agent`);
  const agent = await repeat(runs, () => inNamespace<AgentRun>(agentRun, given));
  const [{ entries, steps, seen }] = agent;
  const trace = join(at, 'trace');
  await inNamespace(agentRun, { ...given, trace }, ['strace', ...straceAll(trace)]);
  const ours = measuresOf(agent, await countTraced(linesOf(trace)));

  const shell = async (script: Script): Promise<Measures> => {
    say(`${rows} rows: the shell, ${script}`);
    const scripted = await repeat(scriptRuns, () =>
      inNamespace<Run>(shellRun, { ...given, script }),
    );
    for (const each of [...agent, ...scripted]) refuseOther(seen, each.seen);
    await inNamespace(shellRun, { ...given, script, trace });
    return measuresOf(scripted, countSummary(await readFile(trace, 'utf8')));
  };
  const baseline = rows > mostWhole ? null : await shell('whole');
  const actions = await shell('actions');
  await rm(at, { recursive: true });
  return { rows, entries, steps, ours, baseline, actions };
}

/** One file, as the agent's is: its start and its first steps take no longer than there. */
async function bundle(outfile: string): Promise<void> {
  const addons = join(import.meta.dirname, '../../../agent/native');
  await build({
    entryPoints: [join(import.meta.dirname, 'agent-run.ts')],
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    outfile,
    logLevel: 'warning',
    define: { 'import.meta.dirname': JSON.stringify(addons) },
  });
}

async function repeat<Result>(
  times: number,
  run: () => Promise<Result>,
): Promise<[Result, ...Result[]]> {
  const results: [Result, ...Result[]] = [await run()];
  while (results.length < times) results.push(await run());
  return results;
}

function measuresOf(all: readonly Run[], calls: Calls): Measures {
  return {
    runs: all.length,
    startMs: median(all.map(({ startMs }) => startMs)),
    wallMs: median(all.map(({ wallMs }) => wallMs)),
    cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
    ...calls,
  };
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file) });
}

async function inNamespace<Output>(
  script: string,
  input: RunGiven,
  under: readonly string[] = [],
): Promise<Output> {
  const program = [...under, process.execPath, script];
  const child = spawn('unshare', ['-m', '--propagation', 'private', ...program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(input));
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once('close', resolve);
  const output = await text(child.stdout);
  const code = await promise;
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  return JSON.parse(output);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
