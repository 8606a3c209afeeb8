import { stat } from 'node:fs/promises';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { ancestors } from '../../../agent/rules/path.ts';
import { mustFollow, statusOf } from './image.ts';

/** Directories of liteimg's own, parents first. */
export const ownDirectories: readonly string[] = [
  layout.statelite,
  layout.tmpfs,
  layout.pristine,
  layout.links,
  '/.sllocal',
  layout.localdisk,
  '/.sllocal/log',
];

/**
 * Refuses, before the first change, what is no root image, and links or files where liteimg has
 * its directories: it would follow them (semantics 4.5). Throws ERR_STATELITE_IMAGE.
 */
export async function checkImage(root: string): Promise<void> {
  await checkRoot(root);
  for (const path of ownDirectories) await refuseOther(root, path, 'directory');
  await refuseOther(root, layout.save, 'file');
  await mustFollow(root, '/etc/fstab');
  await mustFollow(root, '/xcatpost');
}

/** The same for the directories above listed paths in each of liteimg's areas. */
export async function checkAreas(
  root: string,
  paths: Iterable<string>,
  listed: ReadonlySet<string>,
): Promise<void> {
  const checked = new Set<string>();
  for (const path of paths) {
    for (const area of [layout.pristine, layout.tmpfs, layout.links]) {
      for (const above of [...ancestors(path)].toReversed()) {
        if (listed.has(above)) break; // liteimg's own link or copy, which it replaces
        if (checked.has(area + above)) continue;
        checked.add(area + above);
        await refuseOther(root, area + above, 'directory');
      }
    }
  }
}

async function checkRoot(root: string): Promise<void> {
  try {
    if ((await stat(await mustFollow(root, '/etc'))).isDirectory()) return;
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
  }
  throw new StateliteError('ERR_STATELITE_IMAGE', `there is no root image in ${root}`, {
    hint: 'build it with genimage first',
  });
}

async function refuseOther(
  root: string,
  path: string,
  wanted: 'directory' | 'file',
): Promise<void> {
  const stats = await statusOf(root + path);
  if (stats === undefined) return;
  if (wanted === 'directory' ? stats.isDirectory() : stats.isFile()) return;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `${path} in the image ${root} is no ${wanted}, but belongs to liteimg`,
    { hint: 'look what it is, remove it, and run liteimg again' },
  );
}
