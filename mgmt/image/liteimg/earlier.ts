import { layout } from '../../../agent/rules/layout.ts';
import { ancestors } from '../../../agent/rules/path.ts';
import type { Saved } from '../../../agent/rules/save.ts';
import { checkAreas } from './check.ts';
import { areaOf, standing, statusOf, type Tree } from './image.ts';
import { unchangedLinks } from './unchanged-links.ts';
import { stillMade } from './made.ts';
import { isPlantedAt, isTopmostLink } from './planted.ts';
import type { Changes } from './restored-view.ts';
import { readSave } from './save-file.ts';

/** What earlier runs did to an image, and what is left of it. */
export interface Earlier extends Changes {
  readonly entries: Saved['entries'];
}

/** Reads the record of earlier runs and compares it with the image. Changes nothing. */
export async function readEarlier(image: Tree): Promise<Earlier> {
  const saved = await readSave(image);
  const listed = new Set(saved.entries.keys());
  await checkAreas(image, [...listed, ...saved.made.keys()], listed);
  const planted = new Set<string>();
  const newer = new Set<string>();
  for (const path of listed) {
    if (await isPlantedAt(image, path)) planted.add(path);
    else if (isTopmostLink(saved.entries, path) && (await isReplaced(image, path))) newer.add(path);
  }
  const made = await stillMade(image, saved);
  const links = await unchangedLinks(image, { entries: saved.entries, made });
  const above = new Set<string>();
  for (const path of [...planted, ...links.keys()]) {
    const isThere =
      links.has(path) || statusOf(image, image.root + layout.pristine + path) !== undefined;
    if (isThere) for (const one of ancestors(path)) above.add(one);
  }
  return { entries: saved.entries, made, planted, newer, links, above };
}

async function isReplaced(image: Tree, path: string): Promise<boolean> {
  return (await areaOf(image, path)) === '' && (await standing(image, path)) === 'dir';
}
