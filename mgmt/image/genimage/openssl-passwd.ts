import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { StateliteError } from '../../../agent/errors.ts';

/**
 * What `openssl passwd` makes of a password, with options for method and salt. The password goes
 * through a pipe: arguments of a process can be read by everybody. Throws ERR_STATELITE_COMMAND.
 */
export async function opensslPasswd(options: readonly string[], password: string): Promise<string> {
  const child = spawn('openssl', ['passwd', ...options, '-stdin'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject).once('close', resolve);
  child.stdin.on('error', reject).end(`${password}\n`);
  const [output, code] = await Promise.all([text(child.stdout), promise]);
  if (code === 0) return output.trim();
  throw new StateliteError('ERR_STATELITE_COMMAND', `openssl passwd failed (exit ${code})`);
}
