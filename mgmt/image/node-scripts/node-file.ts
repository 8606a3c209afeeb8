import { readlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { hasCode } from '../../../agent/errors.ts';
import type { ImageTree } from '../genimage/inside.ts';

/** A file or a link that an image should have. */
export type NodeFile =
  | { readonly path: string; readonly content: string; readonly mode: number }
  | { readonly path: string; readonly target: string };

/** What a link of an image says; undefined if none is at the path. */
export async function linkTarget(tree: ImageTree, path: string): Promise<string | undefined> {
  const directory = await tree.at(dirname(path));
  try {
    return await readlink(`${directory}/${basename(path)}`);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EINVAL')) return undefined;
    throw error;
  }
}
