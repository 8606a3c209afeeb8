import { spawn } from 'node:child_process';
import { cp, mkdtempDisposable, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mutate, readMutants } from './mutants/mutant.ts';
import {
  isKilled,
  readVerdict,
  renderSum,
  renderTried,
  type Tried,
  type Verdict,
} from './mutants/verdict.ts';

const usage = `Usage: node scripts/mutants.ts [RULE...]

Breaks the rules of docs/semantics.md in a copy of the sources, one mutant of test/mutants at a
time, and says which test of the rule engine notices. All of them, or those of the given rules.
Ends with 1 if a mutant survives or cannot be tried.
`;

const root = join(import.meta.dirname, '..');
const copied = ['agent', 'test/helpers', 'test/unit/agent/rules', 'test/unit/agent/plan'];
const linked = ['node_modules', 'package.json', 'tsconfig.json'];

/** A mutant may make a loop endless; a whole run takes two seconds of an idle processor. */
const limit = 30_000;

/** Tests over random data are left out, or always see the same: a kill must not be luck. */
const config = `import { defineConfig } from 'vitest/config';
export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts'],
    exclude: ['**/any-*.test.ts'],
    setupFiles: ['same-data.ts'],
    isolate: false,
    pool: 'threads',
  },
});
`;
const sameData = `import * as fc from 'fast-check';
fc.configureGlobal({ seed: 1 });
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { help: { type: 'boolean', short: 'h', default: false } },
    allowPositionals: true,
  });
  if (values.help) {
    print(usage.trimEnd());
    return 0;
  }
  const tried = await tryAll(positionals);
  print(renderSum(tried));
  return tried.every(({ verdict }) => isKilled(verdict)) ? 0 : 1;
}

async function tryAll(rules: readonly string[]): Promise<Tried[]> {
  const all = await readMutants(join(root, 'test/mutants'));
  const wanted = all.filter(({ rule }) => rules.length === 0 || rules.includes(rule));
  if (wanted.length === 0) throw new Error(`no mutant breaks ${rules.join(', ')}`);
  await using copy = await copySources();
  for (const mutant of wanted) mutate(await readFile(join(copy.path, mutant.file), 'utf8'), mutant);
  const sound = await runTests(copy.path);
  if (sound.verdict !== 'passed') {
    throw new Error(`the tests do not pass without a mutant: ${JSON.stringify(sound)}`);
  }
  const tried: Tried[] = [];
  for (const mutant of wanted) {
    const place = join(copy.path, mutant.file);
    const source = await readFile(place, 'utf8');
    await writeFile(place, mutate(source, mutant));
    const one = { mutant, verdict: await runTests(copy.path) };
    await writeFile(place, source);
    renderTried(one).forEach(print);
    tried.push(one);
  }
  return tried;
}

/** The sources and their tests in a directory of their own, so that the repository stays whole. */
async function copySources(): Promise<{ path: string } & AsyncDisposable> {
  const copy = await mkdtempDisposable(join(tmpdir(), 'statelite-mutants-'));
  for (const name of copied) {
    await cp(join(root, name), join(copy.path, name), { recursive: true });
  }
  for (const name of linked) await symlink(join(root, name), join(copy.path, name));
  await writeFile(join(copy.path, 'vitest.config.ts'), config);
  await writeFile(join(copy.path, 'same-data.ts'), sameData);
  return { path: copy.path, [Symbol.asyncDispose]: () => copy.remove() };
}

async function runTests(directory: string): Promise<Verdict> {
  const report = join(directory, 'report.json');
  await writeFile(report, '{}');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const argv = [vitest, 'run', '--bail=1', '--reporter=json', `--outputFile=${report}`];
  const child = spawn(process.execPath, argv, {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: limit,
    killSignal: 'SIGKILL',
  });
  const { promise, resolve, reject } = Promise.withResolvers<NodeJS.Signals | null>();
  child.on('error', reject);
  child.on('close', (_, signal) => resolve(signal));
  const signal = await promise;
  if (signal !== null) return { verdict: 'failed', test: `no end within ${limit / 1000} s` };
  return readVerdict(await readFile(report, 'utf8'));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
