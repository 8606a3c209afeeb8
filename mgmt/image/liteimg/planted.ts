import { parentIn } from '../../../agent/rules/family.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { isLink, type Option } from '../../../agent/rules/options.ts';
import { components } from '../../../agent/rules/path.ts';
import { areaOf, isSymlink, standing, type Tree } from './image.ts';

/** The target of the symlink that stands at `path` in the image: relative, through /.statelite/tmpfs (semantics 4.1). */
export function plantedTarget(path: string): string {
  const up =
    components(path)
      .slice(1)
      .map(() => '..')
      .join('/') || '.';
  return `${up}${layout.tmpfs}${path}`;
}

/** The target of the link in the image's own /.statelite/tmpfs: the original, so that an unbooted image reads right. */
export function throughTarget(path: string): string {
  const depth = components(layout.tmpfs).length + components(path).length - 1;
  return `${Array.from({ length: depth }, () => '..').join('/')}${layout.pristine}${path}`;
}

/** Whether a planted link belongs at a path: only the topmost of a chain has one (semantics 4.3). */
export function isTopmostLink(
  entries: ReadonlyMap<string, { readonly option: Option }>,
  path: string,
): boolean {
  const entry = entries.get(path);
  return entry !== undefined && isLink(entry.option) && parentIn(entries, path) === undefined;
}

/** Whether a planted link stands there, also where a killed run had taken it away or not yet put it. */
export async function isPlantedAt(image: Tree, path: string): Promise<boolean> {
  if ((await areaOf(image, path)) !== '') return false;
  const now = await standing(image, path);
  if (now !== 'missing') return now === 'planted';
  const through = layout.tmpfs + path;
  if ((await areaOf(image, through)) !== '') return false; // below the link of a directory above
  return isSymlink(image, image.root + through);
}
