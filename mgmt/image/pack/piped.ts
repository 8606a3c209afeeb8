import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { hasCode, StateliteError } from '../../../agent/errors.ts';

/** A program between two streams. */
export interface Piped {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /**
   * How it ended, once it has. Throws ERR_STATELITE_COMMAND with its last words if the exit code is
   * not among `fine`. Somebody must wait for it.
   */
  readonly ended: Promise<number>;
  readonly kill: () => void;
}

interface Wish {
  readonly cwd?: string;
  readonly signal: AbortSignal;
  /** Exit codes that are no failure. */
  readonly fine?: readonly number[];
  /** Names of Debian packages for the hint if the program is not there. */
  readonly install?: string;
}

const keptBytes = 2000;

/**
 * Starts a program, which dies with this process. An abort kills it, and `ended` throws the reason.
 */
export function piped(argv: readonly string[], wish: Wish): Piped {
  wish.signal.throwIfAborted();
  // A session of its own: the terminal's Ctrl-C is ours to handle.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], {
    ...(wish.cwd !== undefined && { cwd: wish.cwd }),
    detached: true,
    stdio: 'pipe',
  });
  const ended = endOf(child, argv, wish);
  ended.catch(() => {}); // whoever pipes waits for the streams first
  child.stdin.on('error', () => {}); // who writes is told, by pipeline(); how it ended is what counts
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    ended,
    kill: () => void child.kill('SIGKILL'),
  };
}

/**
 * Waits for the streams between programs, and for the programs. If one fails the others are killed,
 * and what a program said about its end comes before what its neighbours saw of it. A program that
 * has read the end of its archive may go while the last bytes of padding are on their way.
 */
export async function together(
  programs: readonly Piped[],
  streams: readonly Promise<void>[],
): Promise<void> {
  const ended = programs.map((program) => program.ended);
  try {
    await Promise.all([...streams, ...ended]);
  } catch (first) {
    // A stream that broke was closed at both ends, which ends its programs.
    const isBroken = hasCode(first, ...brokenPipe);
    if (!isBroken) for (const { kill } of programs) kill();
    const reasons = (await Promise.allSettled(ended)).flatMap((end): unknown[] =>
      end.status === 'rejected' ? [end.reason] : [],
    );
    if (isBroken && reasons.length === 0) return;
    if (!isBroken && !hasCode(first, 'ERR_STATELITE_COMMAND')) throw first;
    // Not those that we have killed, or that died of a closed pipe.
    throw reasons.find((reason) => !isVictim(reason)) ?? first;
  }
}

const brokenPipe = ['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'];

function isVictim(reason: unknown): boolean {
  return reason instanceof Error && /\((?:SIGKILL|SIGPIPE)\)/u.test(reason.message);
}

async function endOf(
  child: ChildProcess,
  argv: readonly string[],
  { signal, fine = [0], install }: Wish,
): Promise<number> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-keptBytes);
  });
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  const { promise, resolve, reject } = Promise.withResolvers<number | NodeJS.Signals>();
  child.once('error', reject).once('close', (code, name) => resolve(code ?? name ?? 'SIGKILL'));
  try {
    const result = await promise;
    signal.throwIfAborted();
    if (typeof result === 'number' && fine.includes(result)) return result;
    throw failed(argv, result, { said, install });
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

/** setpriv(1) ends with 127 if there is no such program. */
function failed(
  argv: readonly string[],
  result: number | string,
  { said, install }: { readonly said: string; readonly install: string | undefined },
): StateliteError {
  const how = typeof result === 'number' ? `exit ${result}` : result;
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const missing =
    result === 127 && install !== undefined ? `apt-get install ${install}` : undefined;
  const hint = /No space left on device/iu.test(said)
    ? 'the disk is full: make room and run it again; nothing was changed'
    : missing;
  return new StateliteError(
    'ERR_STATELITE_COMMAND',
    [`${argv[0]} failed (${how})`, ...lines.slice(-12).map((line) => `  ${line}`)].join('\n'),
    hint === undefined ? {} : { hint },
  );
}
