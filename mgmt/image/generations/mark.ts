import { join } from 'node:path';
import { readIfThere } from '../../../agent/files/if-there.ts';
import { chase } from '../../../agent/files/chase.ts';
import { replaceFile } from '../../../agent/files/replace.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { exists } from '../genimage/exists.ts';
import { imageTree } from '../genimage/inside.ts';

/** In the root: the number and a newline, for the node's boot report. */
export const markPath = `${layout.statelite}/generation`;

/** Writes the number of a generation into its root, if it has one and does not say so yet. */
export async function markRoot(directory: string, number: number): Promise<void> {
  const root = join(directory, 'rootimg');
  if (!(await exists(root))) return;
  const text = `${number}\n`;
  const place = await chase(root, markPath);
  if ((await readIfThere(place, 'ENOTDIR')) === text) return;
  await imageTree(root).makeDirectory(layout.statelite);
  await replaceFile(place, text);
}
