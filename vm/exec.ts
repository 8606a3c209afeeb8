import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { StateliteError } from '../agent/errors.ts';

const start = promisify(execFile);

export interface ExecOptions {
  /** What the program reads on standard input; nothing by default. */
  input?: string;
  cwd?: string;
  env?: Readonly<Record<string, string | undefined>>;
  /** The command as a failure names it, where `argv` has wrappers around it. */
  named?: readonly string[];
  /** Milliseconds, after which the program is killed. */
  timeout?: number;
}

/** Runs a program to its end and returns its standard output; a failure carries all it printed. */
export async function exec(argv: readonly string[], options: ExecOptions = {}): Promise<string> {
  const { input = '', named = argv, ...rest } = options;
  const [program = '', ...args] = argv;
  const running = start(program, args, { maxBuffer: 64 << 20, killSignal: 'SIGKILL', ...rest });
  // A program that ends without reading its input closes the pipe: how it ended says more.
  running.child.stdin?.on('error', () => {}).end(input);
  try {
    return (await running).stdout;
  } catch (cause) {
    const printed = outputOf(cause);
    const failure = printed === '' ? '' : `:\n${printed}`;
    throw new StateliteError('ERR_STATELITE_VM', `${named.join(' ')} failed${failure}`, { cause });
  }
}

function outputOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }; // execFile adds both
  return `${stderr}${stdout}`.trimEnd();
}
