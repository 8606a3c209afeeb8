import { spawn } from 'node:child_process';
import { join } from 'node:path';

const bin = join(import.meta.dirname, '../node_modules/.bin');

/** Format, lint, types, unit tests and the rule engine's coverage: side by side, since each keeps one processor busy. */
const checks: Readonly<Record<string, readonly string[]>> = {
  format: [join(bin, 'oxfmt'), '--check', '.'],
  lint: [join(bin, 'oxlint'), '--type-aware'],
  shell: [
    'shellcheck',
    'scripts/bootstrap',
    'scripts/bench/link/baseline.sh',
    'scripts/conformance',
    'scripts/demo',
    'scripts/fuzz',
    'scripts/test',
    '.ci/run',
    'initramfs/udhcpc',
  ],
  types: [join(bin, 'tsc')],
  unit: [join(bin, 'vitest'), 'run', '--project', 'unit'],
  // Without the tests whose cases are random: whether it is complete must not depend on luck.
  coverage: [
    join(bin, 'vitest'),
    'run',
    '--project',
    'unit',
    'test/unit/agent/rules',
    'test/unit/agent/plan',
    '--exclude',
    '**/any-*',
    '--coverage',
  ],
};

/** Runs one check and shows what it printed when it has ended, so that outputs do not mix. */
async function check(name: string, [program = '', ...argv]: readonly string[]): Promise<boolean> {
  const started = Date.now();
  const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const { promise, resolve } = Promise.withResolvers<boolean>();
  child.on('error', (error) => {
    output.push(Buffer.from(`${error.message}\n`));
    resolve(false);
  });
  child.on('close', (code) => resolve(code === 0));
  const passed = await promise;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${passed ? 'ok    ' : 'FAILED'} ${name}, ${seconds} s\n`);
  if (!passed) process.stdout.write(Buffer.concat(output));
  return passed;
}

const results = await Promise.all(Object.entries(checks).map(([name, argv]) => check(name, argv)));
process.exitCode = results.every(Boolean) ? 0 : 1;
