import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { problemWith } from '../test/fuzz/fuzz.ts';
import { runTarget } from '../test/fuzz/run.ts';
import { fuzzTargets } from '../test/fuzz/targets.ts';

/**
 * `scripts/fuzz [--seconds N] [--target T] [--seed S]`: so many seconds in all, each target as
 * long as the others. An input that is taken wrongly is saved in dist/fuzz/, and tried again by
 * `scripts/fuzz --target T FILE...`.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '20' },
    target: { type: 'string' },
    seed: { type: 'string' },
  },
});
const say = (line: string) => void process.stdout.write(`${line}\n`);
const chosen = fuzzTargets.filter(({ name }) => name === (values.target ?? name));
const seconds = Number(values.seconds);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const names = fuzzTargets.map(({ name }) => name).join(', ');
if (chosen.length === 0 || !(seconds > 0) || !Number.isSafeInteger(seed)) {
  say(`usage: scripts/fuzz [--seconds N] [--target T] [--seed S] [FILE...], T one of: ${names}`);
  process.exitCode = 2;
} else if (positionals.length > 0) {
  for (const file of positionals) await replay(file);
} else {
  await fuzzAll();
}

async function fuzzAll(): Promise<void> {
  say(`seed ${seed}`);
  for (const { name } of chosen) {
    const { count, finding } = await runTarget(name, seed, (seconds * 1000) / chosen.length);
    say(`${finding === undefined ? 'ok    ' : 'FAILED'} ${name}, ${count} inputs`);
    if (finding === undefined) continue;
    const directory = join(import.meta.dirname, '../dist/fuzz');
    await mkdir(directory, { recursive: true });
    const file = join(directory, `${name}-${seed}-${count}`);
    await writeFile(file, finding.input);
    say(`${finding.error}\nagain: scripts/fuzz --target ${name} ${file}`);
    process.exitCode = 1;
  }
}

async function replay(file: string): Promise<void> {
  const input = await readFile(file);
  for (const target of chosen) {
    const problem = problemWith(target, input);
    say(`${problem === undefined ? 'ok    ' : 'FAILED'} ${target.name} ${file}`);
    if (problem === undefined) continue;
    say(String(problem.stack));
    process.exitCode = 1;
  }
}
