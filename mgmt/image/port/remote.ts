import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { StateliteError } from '../../../agent/errors.ts';

/** `user@host`, a name or an address, IPv6 in brackets; nothing that ssh takes for an option. */
const remoteHost = /^(?:[\w.][\w.-]*@)?(?:[A-Za-z0-9_][\w.-]*|\[[0-9A-Fa-f:.]+(?:%\w+)?\])$/u;

/** Copies a file of this machine to another; scp(1) asks nothing. Throws ERR_STATELITE_COMMAND. */
export async function sendFile(file: string, host: string, to: string, signal: AbortSignal) {
  await scp([file, `${checked(host)}:${to}`], signal);
}

/** The other way. */
export async function fetchFile(host: string, from: string, to: string, signal: AbortSignal) {
  await scp([`${checked(host)}:${from}`, to], signal);
}

/** Throws ERR_STATELITE_USAGE for what is no host. */
export function checked(host: string): string {
  if (remoteHost.test(host)) return host;
  throw new StateliteError('ERR_STATELITE_USAGE', `${JSON.stringify(host)} is not user@host`);
}

async function scp(paths: readonly string[], signal: AbortSignal): Promise<void> {
  try {
    await promisify(execFile)('scp', ['-B', '-q', '--', ...paths], { signal, maxBuffer: 1 << 24 });
  } catch (cause) {
    signal.throwIfAborted();
    throw new StateliteError('ERR_STATELITE_COMMAND', `scp ${paths.join(' ')} failed`, {
      cause,
      hint: 'can root log in there with a key? ssh asks no password here',
    });
  }
}
