import { constants } from 'node:fs';
import { access, readFile, writeFile } from 'node:fs/promises';
import { hasCode } from '../errors.ts';
import { chase } from './chase.ts';

/** What genimage puts into /etc/resolv.conf until the node knows better. */
const placeholder = 'Dummy resolv.conf';

const harmless = ['EROFS', 'EACCES', 'ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENOSPC'];

/**
 * Gives the new root the DHCP answer's name servers, if its /etc/resolv.conf is writable and has
 * nothing of its own (semantics 3.8). Returns whether it was written.
 */
export async function offerResolvConf(root: string, content: string): Promise<boolean> {
  if (content === '') return false;
  try {
    const file = await chase(root, '/etc/resolv.conf');
    if (file.startsWith(`${root}/run/`)) return false;
    if (!(await wantsServers(file))) return false;
    await writeFile(file, content);
    return true;
  } catch (error) {
    // Read-only, missing its directory, a loop of links, no room: the boot goes on without.
    if (hasCode(error, ...harmless)) return false;
    throw error;
  }
}

async function wantsServers(file: string): Promise<boolean> {
  try {
    const present = await readFile(file, 'utf8');
    await access(file, constants.W_OK);
    return present.trim() === '' || present.includes(placeholder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return true;
    throw error;
  }
}
