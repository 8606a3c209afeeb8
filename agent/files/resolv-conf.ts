import { constants } from 'node:fs';
import { access, readFile, writeFile } from 'node:fs/promises';
import { hasCode } from '../errors.ts';
import { chase } from './chase.ts';

/** What genimage puts into /etc/resolv.conf until the node knows better. */
const placeholder = 'Dummy resolv.conf';

/**
 * Gives the new root the DHCP answer's name servers, if its /etc/resolv.conf is writable and has
 * nothing of its own (semantics 3.8). Returns whether it was written.
 */
export async function offerResolvConf(root: string, content: string): Promise<boolean> {
  const file = await chase(root, '/etc/resolv.conf');
  if (content === '' || file.startsWith(`${root}/run/`)) return false;
  try {
    const present = await readFile(file, 'utf8');
    if (present.trim() !== '' && !present.includes(placeholder)) return false;
    await access(file, constants.W_OK);
  } catch (error) {
    if (hasCode(error, 'EROFS', 'EACCES', 'ENOTDIR', 'EISDIR')) return false;
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  return write(file, content);
}

async function write(file: string, content: string): Promise<boolean> {
  try {
    await writeFile(file, content);
    return true;
  } catch (error) {
    if (hasCode(error, 'EROFS', 'ENOENT', 'EACCES')) return false; // its directory is read-only, or missing
    throw error;
  }
}
