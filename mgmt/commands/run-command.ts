import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { signalGroup } from '../../agent/signal-group.ts';
import type { CommandResult } from '../core/cluster.ts';

/** The user and group nobody, by number: names need a configured system. */
const nobody = '65534';

const time = 5000;

/** More is no part of a path. */
const maxOutput = 4096;

/** `limit` is in milliseconds. */
export interface RunOptions {
  readonly limit?: number;
}

/**
 * Runs the text of a `#CMD=...#` (reference 3.3) with /bin/sh and gives what it printed, without the
 * end of the line. It runs as nobody, without groups or a way to other privileges, with no
 * environment but a PATH, in /, without input, for 5 s (or `limit`); what it starts ends with it.
 * A problem is: a status other than 0, no time left, no output, more than a line, more than 4 KiB,
 * control characters. Never rejects.
 */
export function runCommand(
  text: string,
  { limit = time }: RunOptions = {},
): Promise<CommandResult> {
  if (text.includes('\0')) return Promise.resolve({ problem: 'holds a NUL' });
  const { promise, resolve } = Promise.withResolvers<CommandResult>();
  const child = spawn('/usr/bin/setpriv', [...asNobody(), '/bin/sh', '-c', text], {
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true, // a process group of its own, to be ended as a whole
  });
  const decoder = new StringDecoder();
  let printed = '';
  const end = (result: CommandResult): void => {
    clearTimeout(timer);
    signalGroup(child.pid, 'SIGKILL');
    child.stdout.destroy();
    resolve(result);
  };
  const timer = setTimeout(() => end({ problem: `did not end in ${limit / 1000} s` }), limit);
  child.on('error', (error) => end({ problem: error.message }));
  child.stdout.on('data', (bytes: Buffer) => {
    printed += decoder.write(bytes);
    if (printed.length > maxOutput) end({ problem: `printed more than ${maxOutput} letters` });
  });
  child.on('close', (status, signal) => {
    if (status === 0) end(usable(printed + decoder.end()));
    else end({ problem: signal === null ? `ended with status ${status}` : `ended by ${signal}` });
  });
  return promise;
}

/** The whole of the output must be able to stand in a path. */
function usable(printed: string): CommandResult {
  const output = printed.replace(/\n+$/u, '');
  if (output === '') return { problem: 'printed nothing' };
  if (output.includes('\n')) return { problem: 'printed more than a line' };
  // oxlint-disable-next-line no-control-regex -- they are what is refused
  if (/[\u0000-\u001f\u007f\ufffd]/u.test(output)) return { problem: 'printed control characters' };
  return { output };
}

/** Who is not root has no privileges to drop, but could win some. */
function asNobody(): string[] {
  const others = ['--reuid', nobody, '--regid', nobody, '--clear-groups', '--bounding-set=-all'];
  const dropped = process.getuid?.() === 0 ? [...others, '--inh-caps=-all'] : [];
  return ['--no-new-privs', ...dropped, '--'];
}
