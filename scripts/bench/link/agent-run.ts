import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { readImage } from '../../../agent/files/image-record.ts';
import { linkEntries } from '../../../agent/link.ts';
import { linuxSystem } from '../../../agent/linux.ts';
import { loadNative } from '../../../agent/native/load.ts';
import { traceMarks } from '../strace.ts';
import { mountRoot, mountStores } from './node.ts';
import type { AgentRun, RunGiven } from './run.ts';
import { seenOf } from './seen.ts';

const spent = { wallMs: 0, cpuMs: 0 };

/**
 * One linking stage of the agent, in a process and a mount namespace of its own. What is measured is
 * what the agent does between its mounts: reading the image's record, and linking the entries.
 */
export async function start(): Promise<void> {
  const given: RunGiven = JSON.parse(await text(process.stdin)); // what room.ts wrote
  const { at, rows, trace } = given;
  const native = loadNative(tmpdir());
  const system = linuxSystem(native);
  const root = await mountRoot(at, system);
  const startMs = performance.now();

  const image = await measured(async () => readImage(root, rows), trace);
  const stores = await mountStores(at, root, system);
  let steps = 0;
  const onStep = () => {
    steps += 1;
  };
  const deps = { system, calls: native, onStep };
  const { notices } = await measured(async () => linkEntries(root, image, stores, deps), trace);
  if (notices.length > 0) throw new Error(`not every row is served: ${JSON.stringify(notices)}`);

  const run: AgentRun = {
    startMs,
    ...spent,
    entries: image.entries.entries.size,
    steps,
    seen: trace === undefined ? await seenOf(root, rows) : {},
  };
  process.stdout.write(JSON.stringify(run));
}

async function measured<Result>(
  stage: () => Promise<Result>,
  trace: string | undefined,
): Promise<Result> {
  // A system call on a path that no one else asks for: it marks the place in the trace.
  if (trace !== undefined) existsSync(traceMarks.begin);
  const before = process.cpuUsage();
  const started = performance.now();
  const result = await stage();
  spent.wallMs += performance.now() - started;
  const { user, system: kernel } = process.cpuUsage(before);
  spent.cpuMs += (user + kernel) / 1000;
  if (trace !== undefined) existsSync(traceMarks.end);
  return result;
}
