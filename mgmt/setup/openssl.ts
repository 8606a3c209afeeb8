import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { hasCode, StateliteError } from '../../agent/errors.ts';

const execute = promisify(execFile);

/** Runs openssl(1); its standard output. */
export async function openssl(args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute('openssl', args, { encoding: 'utf8', timeout: 60_000 });
    return stdout;
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) {
      throw new StateliteError('ERR_STATELITE_SETUP', 'there is no openssl program', {
        cause,
        hint: 'apt-get install openssl',
      });
    }
    const command = ['openssl', ...args].join(' ');
    throw new StateliteError('ERR_STATELITE_SETUP', `${command} failed`, { cause });
  }
}
