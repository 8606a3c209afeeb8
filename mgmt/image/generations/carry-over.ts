import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

/** What is in an image's directory and belongs to its generation. */
const ownNames =
  /^(?:rootimg(?:[-.].*)?|kernel(?:\..*)?|initrd-.*|genimage\.log|generation\.json)$/u;

/** What the administrator keeps beside an image stays beside it, and not with a generation. */
export async function carryOver(from: string, to: string): Promise<void> {
  const present = new Set(await readdir(to));
  for (const name of await readdir(from)) {
    if (ownNames.test(name) || present.has(name)) continue;
    await rename(join(from, name), join(to, name));
  }
}
