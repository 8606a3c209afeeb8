import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { plain } from '../core/plain.ts';

/** flock(1) says so if somebody else has it; what it fails with otherwise is larger. */
const isHeld = 1;

/**
 * Locks a file until disposed; undefined if another process, or somebody else in this one, has it. The
 * kernel unlocks it however this process ends. Only who may open the file can lock it, which is its
 * owner; a name in the kernel's abstract socket space would be anybody's. Rejects with
 * ERR_STATELITE_HARDWARE where files cannot be locked.
 */
export async function lockFile(path: string): Promise<Disposable | undefined> {
  const file = openSync(path, 'a', 0o600);
  let isOpen = true;
  const unlock = () => {
    if (isOpen) closeSync(file);
    isOpen = false;
  };
  try {
    if (await flock(path, file)) return { [Symbol.dispose]: unlock };
  } catch (error) {
    unlock();
    throw error;
  }
  unlock();
  return undefined;
}

/** A lock belongs to the open file, so it stays with us when the program that took it has ended. */
async function flock(path: string, file: number): Promise<boolean> {
  const child = spawn('flock', ['--nonblock', '3'], { stdio: ['ignore', 'ignore', 'pipe', file] });
  const said = child.stderr === null ? '' : text(child.stderr);
  try {
    const [status] = await once(child, 'close');
    if (status === 0) return true;
    if (status === isHeld) return false;
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new StateliteError('ERR_STATELITE_HARDWARE', 'flock is not installed', {
      hint: 'apt install util-linux',
    });
  }
  const problem = `cannot lock ${path}: ${plain((await said).trim())}`;
  throw new StateliteError('ERR_STATELITE_HARDWARE', problem, {
    hint: 'is it on a file system that has locks?',
  });
}
