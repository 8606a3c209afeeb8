import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, StateliteError } from '../agent/errors.ts';

/** A program running inside the lab. */
export interface Inmate {
  /** The program's own process id, as the host sees it. */
  readonly pid: number;
  /** Resolves with its exit status, or with the name of the signal that ended it. */
  readonly ended: Promise<number | string>;
  readonly isRunning: boolean;
  signal(name: NodeJS.Signals): void;
  /** This process no longer waits for it. */
  release(): void;
}

/**
 * Starts a program through a wrapper (nsenter) that forks it and waits: the wrapper is our
 * child, the program is the wrapper's. Output is appended to the file `log`.
 */
export async function startInmate(argv: readonly string[], log: string): Promise<Inmate> {
  const output = openSync(log, 'a');
  const [program = '', ...args] = argv;
  // Ctrl-C at the terminal is for the story to handle, not for QEMU: hence setsid(2).
  const wrapper = spawn(program, args, { stdio: ['ignore', output, output], detached: true });
  closeSync(output);
  let isRunning = true;
  const ended = once(wrapper, 'exit').then(([status, signal]: (number | string | null)[]) => {
    isRunning = false;
    return status ?? signal ?? 0;
  });

  let pid: number | undefined;
  while (pid === undefined) {
    await Promise.race([ended, sleep(2)]);
    if (!isRunning) {
      const said = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
      throw new StateliteError('ERR_STATELITE_VM', `${argv.join(' ')} ended at once:\n${said}`);
    }
    pid = childOf(wrapper.pid);
  }
  const inmate = pid;
  return {
    pid: inmate,
    ended,
    get isRunning() {
      return isRunning;
    },
    signal(name) {
      if (!isRunning) return;
      send(inmate, name);
      // nsenter stops together with its child, and would then neither continue nor reap it.
      if (name === 'SIGCONT' || name === 'SIGKILL') send(wrapper.pid, 'SIGCONT');
    },
    release: () => wrapper.unref(),
  };
}

/** The first child of a process, if it has one. */
export function childOf(pid: number | undefined): number | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children === '' ? undefined : Number(children.split(' ')[0]);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

function send(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, name);
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error; // it ended by itself a moment ago
  }
}
