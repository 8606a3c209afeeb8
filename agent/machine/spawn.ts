import { spawn, type StdioOptions } from 'node:child_process';
import { signalGroup } from '../signal-group.ts';

export interface Ended {
  /** Exit code, 127 if it could not be started, undefined if a signal ended it. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** Standard output and error as they came, or why it could not be started. */
  readonly output: string;
}

export interface RunOptions {
  readonly env?: Record<string, string>;
  readonly stdio?: 'quiet' | 'console';
  /** When it aborts, the program ends, and with it what it has started: by SIGTERM, then SIGKILL. */
  readonly signal?: AbortSignal;
}

/** Milliseconds that a program has to end by itself. */
const grace = 2000;

/** Starts programs and remembers each for the boot report: there should be few. */
export interface Programs {
  run(file: string, argv: readonly string[], options?: RunOptions): Promise<Ended>;
  readonly started: readonly string[];
}

export function programs(): Programs {
  const started: string[] = [];
  return {
    started,
    run: async (file, argv, { env = {}, stdio = 'quiet', signal } = {}) => {
      started.push([file, ...argv].join(' '));
      const pipes: StdioOptions = stdio === 'console' ? 'inherit' : ['ignore', 'pipe', 'pipe'];
      const child = spawn(file, [...argv], {
        env: { PATH: '/bin:/sbin:/usr/bin:/usr/sbin', HOME: '/', TERM: 'linux', ...env },
        stdio: pipes,
        // A shell on the console needs a session of its own for job control; a signal needs a group.
        detached: stdio === 'console' || signal !== undefined,
      });
      const chunks: Buffer[] = [];
      child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
      child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
      const { promise, resolve } = Promise.withResolvers<Ended>();
      const calm = endOnAbort(child.pid, signal);
      child.on('error', ({ message }) => {
        calm();
        resolve({ code: 127, signal: undefined, output: message });
      });
      child.on('close', (code, name) => {
        calm();
        resolve({
          code: code ?? undefined,
          signal: name ?? undefined,
          output: Buffer.concat(chunks).toString(),
        });
      });
      return promise;
    },
  };
}

/** Returns what is called when the program itself has ended: others of its group may not have. */
function endOnAbort(pid: number | undefined, signal: AbortSignal | undefined): () => void {
  if (signal === undefined) return () => {};
  let timer: NodeJS.Timeout | undefined;
  const end = () => {
    signalGroup(pid, 'SIGTERM');
    timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), grace);
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end);
  return () => {
    signal.removeEventListener('abort', end);
    clearTimeout(timer);
    if (signal.aborted) signalGroup(pid, 'SIGKILL');
  };
}
