import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { environmentWith } from '../config.ts';
import { plain } from '../core/plain.ts';
import { signalGroup } from '../../agent/signal-group.ts';
import type { Patience } from './control.ts';

/** A program that talks to a controller. */
export interface Program {
  /** Found by PATH. */
  readonly name: string;
  /** The Debian package it is in, for the hint. */
  readonly from: string;
  readonly argv: readonly string[];
  /** What it is told by its environment: there, unlike on a command line, only root can read it. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What no message may repeat. */
  readonly secret?: string | undefined;
  /** A file that it finds as standard input, and can open as /dev/stdin. */
  readonly input?: string;
}

/** More is no answer of a controller. */
const maxOutput = 1024 * 1024;

/** How a program ended by itself. */
export type Ended =
  | { readonly ok: true; readonly printed: string }
  /** What it complained of, without the secret, and fit to be shown. */
  | { readonly ok: false; readonly lines: readonly string[]; readonly status: number | null };

/** What a program that failed said in the end; its status if it said nothing. */
export function lastWords({ lines, status }: Extract<Ended, { readonly ok: false }>): string {
  return lines.length === 0
    ? `ended with status ${status}`
    : `failed: ${lines.slice(-3).join('; ')}`;
}

/**
 * Runs it to its end, whatever its status. Who takes too long is killed with all it started, and
 * rejects with ERR_STATELITE_HARDWARE, as one that cannot be run does.
 */
export function tryProgram(program: Program, { limit, signal }: Patience): Promise<Ended> {
  const { name, argv, environment = {}, input } = program;
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  const stdin = input === undefined ? undefined : openText(input);
  const child = spawn(name, argv, {
    env: environmentWith({ LC_ALL: 'C', ...environment }),
    stdio: [stdin ?? 'ignore', 'pipe', 'pipe'],
    detached: true, // a process group of its own, to be ended as a whole
  });
  if (stdin !== undefined) closeSync(stdin);
  // Who has too many files open is given no pipes, and an error follows.
  const { stdout, stderr } = child;
  let printed = '';
  let complaint = '';
  const fail = (why: string, hint?: string) => {
    end();
    reject(programFailure(program, why, hint));
  };
  const end = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    signalGroup(child.pid, 'SIGKILL');
    stdout?.destroy();
    stderr?.destroy();
  };
  const onAbort = () => fail('was interrupted');
  const timer = setTimeout(
    () => fail(`did not end within ${limit / 1000} s`, 'is the controller reachable?'),
    limit,
  );
  signal.addEventListener('abort', onAbort);
  child.on('error', (error) => {
    if (hasCode(error, 'ENOENT')) fail('is not installed', `apt install ${program.from}`);
    else fail(error.message);
  });
  stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    if (printed.length > maxOutput) fail('printed more than 1 MiB');
  });
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(-2000);
  });
  child.on('close', (status, by) => {
    if (by !== null) return fail(`was ended by ${by}`);
    end();
    if (status === 0) resolve({ ok: true, printed });
    else resolve({ ok: false, lines: linesOf(program, `${printed}\n${complaint}`), status });
  });
  if (signal.aborted) onAbort();
  return promise;
}

/** A file without a name: what Node calls a pipe is a socket, which nobody can open by /dev/stdin. */
function openText(text: string): number {
  const directory = mkdtempSync(join(tmpdir(), 'statelite-'));
  try {
    const path = join(directory, 'stdin');
    writeFileSync(path, text, { mode: 0o600 });
    return openSync(path, 'r');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function linesOf(program: Program, said: string): string[] {
  const lines = withoutSecret(program, said).split(/[\r\n]+/u);
  return lines.filter((line) => line.trim() !== '').map((line) => plain(line.trim()));
}

/** ERR_STATELITE_HARDWARE of a program, without its secret. */
export function programFailure(program: Program, why: string, hint?: string): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_HARDWARE',
    `${program.name} ${plain(withoutSecret(program, why))}`,
    hint === undefined ? {} : { hint },
  );
}

function withoutSecret({ secret }: Program, text: string): string {
  return secret ? text.replaceAll(secret, '***') : text;
}
