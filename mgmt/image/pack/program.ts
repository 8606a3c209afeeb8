import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hasCode, StateliteError } from '../../../agent/errors.ts';

/** A program that reads an archive from its standard input. */
export interface Fed {
  readonly stdout: Readable;
  /**
   * Until it has read all and ended well. Throws why the archive could not be read, or
   * ERR_STATELITE_COMMAND with the program's last lines.
   */
  readonly finished: Promise<void>;
  readonly kill: () => void;
}

/** Feeds a program, which dies with this process or by the signal. Its output has to be read. */
export function feed(archive: Readable, argv: readonly string[], signal: AbortSignal): Fed {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], {
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  const finished = ending(argv, child, archive, signal);
  finished.catch(() => undefined); // whoever reads the output asks for it later
  return { stdout: child.stdout, finished, kill: () => void child.kill('SIGKILL') };
}

async function ending(
  argv: readonly string[],
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  archive: Readable,
  signal: AbortSignal,
): Promise<void> {
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const feeding = async () => {
    try {
      await pipeline(archive, child.stdin, { signal });
    } catch (error) {
      if (!isClosedPipe(error)) child.kill('SIGKILL'); // it must not take a half archive for a whole one
      throw error;
    }
  };
  const [fed, closed] = await Promise.allSettled([feeding(), once(child, 'close')]);
  if (fed.status === 'rejected' && !isClosedPipe(fed.reason)) throw fed.reason;
  if (closed.status === 'rejected') throw closed.reason;
  const [code, ended] = closed.value;
  if (code !== 0) throw failed(argv[0] ?? '', code ?? ended, stderr);
  if (fed.status === 'rejected') throw fed.reason;
}

/** The program went first: how it ended says more. */
function isClosedPipe(error: unknown): boolean {
  return hasCode(error, 'EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE');
}

const packageOf: Readonly<Record<string, string>> = {
  xz: 'xz-utils',
  mksquashfs: 'squashfs-tools',
};

function failed(program: string, result: number | string, stderr: string): StateliteError {
  const how = typeof result === 'number' ? `exit ${result}` : result;
  const last = stderr.trim().split('\n').slice(-6);
  const hint = result === 127 ? { hint: `apt-get install ${packageOf[program] ?? program}` } : {};
  const lines = [`${program} failed (${how})`, ...last.map((line) => `  ${line}`)];
  return new StateliteError('ERR_STATELITE_COMMAND', lines.join('\n'), hint);
}
