import { spawn, type StdioOptions } from 'node:child_process';

export interface Ended {
  /** Exit code, 127 if it could not be started, undefined if a signal ended it. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** Standard output and error as they came, or why it could not be started. */
  readonly output: string;
}

/** Starts programs and remembers each for the boot report: there should be few. */
export interface Programs {
  run(
    file: string,
    argv: readonly string[],
    options?: { env?: Record<string, string>; stdio?: 'quiet' | 'console' },
  ): Promise<Ended>;
  readonly started: readonly string[];
}

export function programs(): Programs {
  const started: string[] = [];
  return {
    started,
    run: async (file, argv, { env = {}, stdio = 'quiet' } = {}) => {
      started.push([file, ...argv].join(' '));
      const pipes: StdioOptions = stdio === 'console' ? 'inherit' : ['ignore', 'pipe', 'pipe'];
      const child = spawn(file, [...argv], {
        env: { PATH: '/bin:/sbin:/usr/bin:/usr/sbin', HOME: '/', TERM: 'linux', ...env },
        stdio: pipes,
        // A shell on the console needs a session of its own for job control.
        detached: stdio === 'console',
      });
      const chunks: Buffer[] = [];
      child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
      child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
      const { promise, resolve } = Promise.withResolvers<Ended>();
      child.on('error', ({ message }) =>
        resolve({ code: 127, signal: undefined, output: message }),
      );
      child.on('close', (code, signal) =>
        resolve({
          code: code ?? undefined,
          signal: signal ?? undefined,
          output: Buffer.concat(chunks).toString(),
        }),
      );
      return promise;
    },
  };
}
