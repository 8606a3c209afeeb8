import { StateliteError } from '../../../agent/errors.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { ancestors } from '../../../agent/rules/path.ts';
import { mustFollow, statusOf, type Tree } from './image.ts';

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
export async function checkImage(image: Tree): Promise<void> {
  await checkRoot(image);
  for (const path of ownDirectories) await refuseOther(image, path, 'directory');
  await refuseOther(image, layout.save, 'file');
  await mustFollow(image, '/etc/fstab');
  await mustFollow(image, '/etc/shadow');
  await mustFollow(image, '/xcatpost');
}

/** The same for the directories above listed paths in each of liteimg's areas. */
export async function checkAreas(
  image: Tree,
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
        await refuseOther(image, area + above, 'directory');
      }
    }
  }
}

async function checkRoot(image: Tree): Promise<void> {
  if (statusOf(image, await mustFollow(image, '/etc'))?.isDirectory() === true) return;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `there is no root image in ${image.root}: it has no directory /etc`,
    {
      hint: 'build it with genimage first',
    },
  );
}

async function refuseOther(image: Tree, path: string, wanted: 'directory' | 'file'): Promise<void> {
  const stats = statusOf(image, image.root + path);
  if (stats === undefined) return;
  if (wanted === 'directory' ? stats.isDirectory() : stats.isFile()) return;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `${path} in the image ${image.root} is no ${wanted}, but belongs to liteimg`,
    { hint: 'look what it is, remove it, and run liteimg again' },
  );
}
