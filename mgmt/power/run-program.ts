import { spawn } from 'node:child_process';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { environmentWith } from '../config.ts';
import { plain } from '../core/plain.ts';
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
  /** Handed to it as standard input. */
  readonly input?: string;
}

/** More is no answer of a controller. */
const maxOutput = 1024 * 1024;

/**
 * Runs it and gives what it printed. Who takes too long is killed with all it started. Rejects with
 * ERR_STATELITE_HARDWARE and the program's last words, without the secret.
 */
export function runProgram(program: Program, { limit, signal }: Patience): Promise<string> {
  const { name, argv, environment = {}, input } = program;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(name, argv, {
    env: environmentWith({ LC_ALL: 'C', ...environment }),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true, // a process group of its own, to be ended as a whole
  });
  let printed = '';
  let complaint = '';
  const fail = (why: string, hint?: string) => {
    end();
    reject(failure(program, why, hint));
  };
  const end = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    killGroup(child.pid);
    child.stdout.destroy();
    child.stderr.destroy();
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
  child.stdin.on('error', () => {}); // it ended without reading all; its status says more
  child.stdin.end(input ?? '');
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    if (printed.length > maxOutput) fail('printed more than 1 MiB');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(-2000);
  });
  child.on('close', (status, by) => {
    if (status === 0) {
      end();
      resolve(printed);
    } else fail(by === null ? lastWords(complaint, printed, status) : `was ended by ${by}`);
  });
  if (signal.aborted) onAbort();
  return promise;
}

function lastWords(complaint: string, printed: string, status: number | null): string {
  const lines = `${printed}\n${complaint}`.split('\n').filter((line) => line.trim() !== '');
  const said = lines.slice(-3).join('; ');
  return said === '' ? `ended with status ${status}` : `failed: ${said}`;
}

function failure({ name, secret }: Program, why: string, hint?: string): StateliteError {
  const message = plain(secret ? why.replaceAll(secret, '***') : why);
  return new StateliteError(
    'ERR_STATELITE_HARDWARE',
    `${name} ${message}`,
    hint === undefined ? {} : { hint },
  );
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}
