import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { hasCode, StateliteError } from '../../../agent/errors.ts';

/** A program that works on an image tree. */
export interface IsolatedProgram {
  readonly argv: readonly string[];
  /** Added to the environment of this process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** What it reads from standard input. */
  readonly input?: string;
  /** Every line of its standard output and error. */
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
  /** What the program is called in errors, if argv begins with something that starts it. */
  readonly program?: string;
  /** Exit statuses besides 0 that are no failure. */
  readonly okExits?: readonly number[];
}

/**
 * Mounts and processes of what runs here end with it, or with this process, in every outcome: a
 * mount and a process namespace of its own, and the kernel's word that it dies when we do.
 */
const isolate =
  'setpriv --pdeathsig KILL -- unshare --mount --propagation private --pid --fork --kill-child --mount-proc --'.split(
    ' ',
  );
const keptLines = 12;

/** Runs it to its end. ERR_STATELITE_COMMAND holds its last lines; an abort kills it, then throws the reason. */
export async function runIsolated(program: IsolatedProgram): Promise<void> {
  program.signal.throwIfAborted();
  const variables = Object.entries(program.environment).map(([name, value]) => `${name}=${value}`);
  // env(1) and not the option of spawn: this program's own environment is read in one place only.
  const [command = '', ...rest] = [...isolate, 'env', '--', ...variables, ...program.argv];
  // A session of its own: the terminal's Ctrl-C is ours to handle, and apt finds nobody to ask.
  const child = spawn(command, rest, { cwd: program.cwd, detached: true, stdio: 'pipe' });
  const kill = () => child.kill('SIGKILL');
  program.signal.addEventListener('abort', kill);
  const last: string[] = [];
  const onLine = (line: string) => {
    last.push(line);
    if (last.length > keptLines) last.shift();
    program.onLine(line);
  };
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', onLine);
  child.stdin.on('error', ignoreClosed).end(program.input ?? '');
  try {
    const { promise, resolve, reject } = Promise.withResolvers<number | string>();
    child.once('error', reject);
    child.once('close', (code, ended) => resolve(code ?? ended ?? 'unknown'));
    const result = await promise;
    program.signal.throwIfAborted();
    const isFine = typeof result === 'number' && [0, ...(program.okExits ?? [])].includes(result);
    if (!isFine) throw failed(program.program ?? program.argv[0] ?? '', result, last);
  } finally {
    program.signal.removeEventListener('abort', kill);
  }
}

/** A program may end without reading its input; how it ended is what counts. */
function ignoreClosed(error: Error): void {
  if (!hasCode(error, 'EPIPE', 'ECONNRESET')) throw error;
}

function failed(program: string, result: number | string, last: readonly string[]): StateliteError {
  const how = typeof result === 'number' ? `exit ${result}` : result;
  const hint = result === 127 ? { hint: `is ${program} installed on this machine?` } : {};
  return new StateliteError(
    'ERR_STATELITE_COMMAND',
    [`${program} failed (${how})`, ...last.map((line) => `  ${line}`)].join('\n'),
    hint,
  );
}
