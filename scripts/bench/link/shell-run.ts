import { execFile } from 'node:child_process';
import { lstatSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { linuxSystem } from '../../../agent/linux.ts';
import { loadNative } from '../../../agent/native/load.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { straceSummary } from '../strace.ts';
import { mountRoot, mountStores } from './node.ts';
import type { Run, RunGiven } from './run.ts';
import { seenOf } from './seen.ts';
import { shellList, shellScript } from './shell-script.ts';

const run = promisify(execFile);

/**
 * Node cannot tell the time of its children; bash can, in milliseconds. The script is for bash too, as
 * the original is.
 */
const timer = 'LC_ALL=C; TIMEFORMAT=\'%R %U %S\'; time /bin/bash "$0"';

/** The linking stage as a shell script, in a mount namespace of its own. */
const given: RunGiven = JSON.parse(await text(process.stdin)); // what room.ts wrote
const system = linuxSystem(loadNative(tmpdir()));
const root = await mountRoot(given.at, system);
const { trees } = await mountStores(given.at, root, system);

const script = join(given.at, 'script');
const list = join(given.at, 'list');
writeFileSync(list, shellList(given.rows));
const places = { root, trees: trees.map((tree) => root + tree.root), list };
writeFileSync(script, shellScript(given.script ?? 'whole', given.rows, isDirectory, places));

const output = given.trace === undefined ? await measure() : await trace(given.trace);
process.stdout.write(JSON.stringify(output));

async function measure(): Promise<Run> {
  const nothing = join(given.at, 'nothing');
  writeFileSync(nothing, '');
  const start = await timed(nothing);
  const whole = await timed(script);
  return {
    startMs: start.wallMs,
    wallMs: whole.wallMs - start.wallMs,
    cpuMs: whole.cpuMs - start.cpuMs,
    seen: await seenOf(root, given.rows),
  };
}

async function trace(file: string): Promise<object> {
  await run('strace', [...straceSummary(file), '/bin/bash', script]);
  return {};
}

/** The liteimg of this benchmark mirrors every listed path. */
function isDirectory(path: string): boolean {
  return lstatSync(root + layout.pristine + path).isDirectory();
}

async function timed(file: string): Promise<{ wallMs: number; cpuMs: number }> {
  const { stderr } = await run('bash', ['-c', timer, file]);
  const [wall = Number.NaN, user = Number.NaN, kernel = Number.NaN] = stderr.split(' ').map(Number);
  if (Number.isNaN(wall + user + kernel)) throw new Error(`unexpected output of sh: ${stderr}`);
  return { wallMs: wall * 1000, cpuMs: (user + kernel) * 1000 };
}
