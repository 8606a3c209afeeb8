import { realpath, stat } from 'node:fs/promises';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { imageTree, type ImageTree } from './inside.ts';

/**
 * The image in a directory that somebody named. ERR_STATELITE_IMAGE if there is none, and for this
 * machine's own root by whatever name: what changes images must not change it.
 */
export async function openImageRoot(path: string): Promise<ImageTree> {
  const root = await realpathOf(path);
  const [own, named] = await Promise.all([stat('/'), stat(root)]);
  if (own.ino === named.ino && own.dev === named.dev) {
    throw new StateliteError('ERR_STATELITE_IMAGE', `${path} is this machine's own root`, {
      hint: 'name the rootimg directory of an image',
    });
  }
  const tree = imageTree(root);
  if (await tree.exists('/etc')) return tree;
  throw noImage(path);
}

async function realpathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) throw noImage(path);
    throw error;
  }
}

function noImage(path: string): StateliteError {
  return new StateliteError('ERR_STATELITE_IMAGE', `there is no root image in ${path}`, {
    hint: 'name the rootimg directory of an image that genimage has built',
  });
}
