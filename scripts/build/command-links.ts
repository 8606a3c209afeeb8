import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes `bin` hold a link to ../statelite for each command and nothing else: an operator links all of
 * it into the PATH, and a name that is none of ours any more could hide another program there.
 */
export async function linkCommands(bin: string, commands: readonly string[]): Promise<void> {
  await mkdir(bin, { recursive: true });
  for (const name of await readdir(bin)) await rm(join(bin, name), { recursive: true });
  for (const name of commands) await symlink('../statelite', join(bin, name));
}
