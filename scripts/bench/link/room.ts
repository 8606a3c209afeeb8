import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { linuxSystem } from '../../../agent/linux.ts';
import { loadNative } from '../../../agent/native/load.ts';
import { bundleProgram } from '../../build/bundle.ts';
import { median } from '../figures.ts';
import { type Calls, countSummary, countTraced, straceAll } from '../strace.ts';
import { plantWorkload } from './place.ts';
import type { AgentRun, Measured, Measures, RoomGiven, Run, RunGiven } from './run.ts';
import { refuseOther } from './seen.ts';
import type { Script } from './shell-script.ts';
import { generatedWorkload, workloadOf } from './workload.ts';

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
const shellRun = [join(import.meta.dirname, 'shell-run.ts')];
const native = loadNative(tmpdir());
const system = linuxSystem(native);
await system.mount('bench', directory, 'tmpfs', 'mode=755');
const agentRun = await bundleAgent(join(directory, 'agent'));
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

/** As the agent is built: one file, and a rehearsal with another table. Returns the command line. */
async function bundleAgent(at: string): Promise<readonly string[]> {
  const [start, bundle] = [`${at}-start.cjs`, `${at}.cjs`];
  await bundleProgram(join(import.meta.dirname, 'agent-start.ts'), start);
  await bundleProgram(join(import.meta.dirname, 'agent-run.ts'), bundle);
  const addons = join(import.meta.dirname, '../../../agent/native');
  const command = [start, bundle, `${bundle}.cache`, addons];
  const work = generatedWorkload(40);
  const given: RunGiven = { at: `${at}-rehearsal`, rows: work.rows };
  await mkdir(given.at);
  await plantWorkload(given.at, work, native);
  await inNamespace(command, given);
  await rm(given.at, { recursive: true });
  return command;
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
  script: readonly string[],
  input: RunGiven,
  under: readonly string[] = [],
): Promise<Output> {
  const program = [...under, process.execPath, ...script];
  const child = spawn('unshare', ['-m', '--propagation', 'private', ...program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(input));
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once('close', resolve);
  const output = await text(child.stdout);
  const code = await promise;
  if (code !== 0) throw new Error(`${script.join(' ')} ended with ${code}`);
  return JSON.parse(output);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
