import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { StateliteError } from '../../../agent/errors.ts';

/** A mount and a process namespace that end with this process. */
export interface Namespace extends AsyncDisposable {
  /** The command line that runs another in it. */
  enter(what: 'mounts' | 'mounts and processes', argv: readonly string[]): string[];
}

/**
 * cat(1) is its first process: it ends with its input, which ends with this process, and all others
 * of the namespace end with it. Also the kernel has our word that it dies when we do.
 */
const hold =
  '--pdeathsig KILL -- unshare --mount --propagation private --pid --fork --kill-child -- cat'.split(
    ' ',
  );

/** Makes one. `signal` ends everything in it. */
export async function namespaceOf(signal: AbortSignal): Promise<Namespace> {
  signal.throwIfAborted();
  // A session of its own: the terminal's Ctrl-C is not for it.
  const holder = spawn('setpriv', hold, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const closed = once(holder, 'close');
  let words = '';
  holder.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()));
  const end = () => void holder.stdin.end();
  signal.addEventListener('abort', end);
  holder.stdin.on('error', () => {}); // it has ended: `closed` tells
  holder.stdin.write('ready\n');
  const isReady = await Promise.race([
    once(holder.stdout, 'data').then(() => true),
    closed.then(() => false),
  ]);
  if (!isReady) {
    throw new StateliteError('ERR_STATELITE_COMMAND', `no namespace could be made: ${words}`, {
      hint: 'this needs root',
    });
  }
  const id = String(holder.pid);
  const spaces = {
    mounts: [],
    'mounts and processes': [`--pid=/proc/${id}/ns/pid_for_children`],
  } as const;
  return {
    enter: (what, argv) => ['nsenter', '--target', id, '--mount', ...spaces[what], '--', ...argv],
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', end);
      holder.stdin.end();
      await closed;
    },
  };
}

/** Runs a command line to its end; what it says goes into the error. */
export async function runNamed([program = '', ...argv]: readonly string[]): Promise<void> {
  await promisify(execFile)(program, argv);
}
