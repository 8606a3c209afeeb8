import { parseArgs } from 'node:util';
import { explainError } from '../agent/errors.ts';
import { benchLink } from './bench/link.ts';

const usage = `Usage: npm run bench -- link [--rows N,N,...] [--runs N]

  link       the agent's linking stage against a shell script that starts a program per action
  --rows     sizes of the litefile table; 42 is xCAT's sample for RedHat (default 42,400,4000)
  --runs     runs of each side, of which the median counts (default 5; 3 of the script at most)
  --help     this text

Figures are printed as JSON on standard output, and as a table on standard error. Needs root,
a built addon (npm run build) and strace.
`;

/** Returns the exit status: 2 for a wrong command line. */
async function main(): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        rows: { type: 'string', default: '42,400,4000' },
        runs: { type: 'string', default: '5' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(usage);
      return 0;
    }
    const [bench, ...others] = positionals;
    if (bench !== 'link' || others.length > 0) return refuse('name one benchmark: link');
    const rows = values.rows.split(',').map(Number);
    const runs = Number(values.runs);
    const isWrong = [...rows, runs].some((count) => !Number.isInteger(count) || count < 1);
    if (isWrong) return refuse('--rows and --runs take whole numbers from 1');
    await benchLink({ rows, runs });
    return 0;
  } catch (error) {
    if (error instanceof TypeError && 'code' in error) return refuse(error.message);
    process.stderr.write(`${explainError(error).join('\n')}\n`);
    return 1;
  }
}

function refuse(reason: string): number {
  process.stderr.write(`${reason}\n\n${usage}`);
  return 2;
}

process.exitCode = await main();
