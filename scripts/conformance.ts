import { parseArgs } from 'node:util';
import { explainError, hasCode, StateliteError } from '../agent/errors.ts';
import { caseLines } from '../test/conformance/print.ts';
import {
  problemsOf,
  readCase,
  readExplanations,
  recordedCases,
  type Result,
  runCases,
} from '../test/conformance/suite.ts';

const usage = `Usage: scripts/conformance [--json] [CASE.json...]

Runs liteimg and the agent's linking stage on recorded cases of stock xCAT and compares. Cases are
JSON files; none are in this repository. Without arguments: those of a directory conformance beside
this repository's, in shared. Needs root; nothing outside a namespace of its own is changed.

  --json  print what happened, one object per case and line, instead of the differences
  --help  this text

Ends with 1 if a difference is not explained in test/conformance/expected.json, or an explanation
there is not needed any more; with 2 if a case file cannot be used. The others are run all the same.
`;

const giveUp = new AbortController();

async function main(): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      print([usage.trimEnd()]);
      return 0;
    }
    return await suite(positionals, values.json);
  } catch (error) {
    if (giveUp.signal.aborted) return Number(giveUp.signal.reason);
    const isUsage = error instanceof TypeError && 'code' in error;
    complain(isUsage ? [error.message, '', usage.trimEnd()] : explainError(error));
    return isUsage || hasCode(error, 'ERR_STATELITE_USAGE') ? 2 : 1;
  }
}

async function suite(named: readonly string[], json: boolean): Promise<number> {
  if (process.getuid?.() !== 0) {
    throw new StateliteError('ERR_STATELITE_COMMAND', 'the cases need root', {
      hint: 'they have owners, devices and mounts',
    });
  }
  const explanations = await readExplanations();
  const files = named.length > 0 ? named : await recordedCases();
  const cases = await Promise.all(files.map(readCase));
  for (const one of cases) {
    if ('unfit' in one) continue;
    for (const key of one.case.unknown) complain([`${one.file}: input.${key} means nothing here`]);
  }
  const results: Result[] = [];
  for await (const result of runCases(cases, explanations, giveUp.signal)) {
    results.push(result);
    print(json ? [JSON.stringify(result.outcome)] : caseLines(result));
  }
  const problems = problemsOf(results, explanations, named.length === 0);
  complain(problems);
  const isUnfit = results.some(({ outcome }) => outcome.error?.code === 'ERR_STATELITE_USAGE');
  if (isUnfit) return 2;
  return problems.length === 0 ? 0 : 1;
}

function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

function complain(lines: readonly string[]): void {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
}

for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const) {
  process.once(signal, () => giveUp.abort(128 + number));
}
// Whoever reads, `head` say, has seen enough.
process.stdout.on('error', (error) => {
  if (!hasCode(error, 'EPIPE')) throw error;
  giveUp.abort(128 + 13);
  process.exitCode = 128 + 13; // the last line may fail after all is done
});
const code = await main();
process.exitCode ??= code;
