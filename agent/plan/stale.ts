import { layout } from '../rules/layout.ts';
import { parentOf } from '../rules/path.ts';
import { isPlanted } from '../rules/save.ts';
import { forEach } from '../rules/view.ts';
import { plantedOriginal, resolve } from '../rules/walk.ts';
import { type Placed, placedAbove } from './placement.ts';
import type { Notice, Situation } from './situation.ts';
import type { Step } from './step.ts';

/**
 * Planted links that no entry serves: their row is gone, or changed so that the image does not
 * fit. They lead to the pristine copy, so that the path is readable (semantics 5.5).
 */
export function staleLinks(
  { saved, image, entries }: Situation,
  placed: ReadonlyMap<string, Placed>,
): { steps: Step[]; notices: Notice[] } {
  const stale = forEach(
    [...saved.entries.keys()].filter(
      (path) => isPlanted(saved, path) && !placed.has(path) && !isCovered(path, placed),
    ),
    (path) => (isStillPlanted(image, path) ? [path] : []),
  ).flat();
  return {
    steps: stale.map((path) => ({
      kind: 'symlink',
      path: layout.tmpfs + path,
      target: layout.pristine + path,
      why: 'the image has a planted link that no row serves',
    })),
    notices: stale
      .filter((path) => !entries.entries.has(path))
      .map((path) => ({
        level: 'warning',
        message: `${JSON.stringify(path)} is no longer listed and shows the image's own, read-only; run liteimg`,
      })),
  };
}

/** Whether a directory above has a copy, in which the original stands instead of the link. */
function isCovered(path: string, placed: ReadonlyMap<string, Placed>): boolean {
  const above = placedAbove(placed, path);
  return above !== undefined && above.in !== 'source';
}

function isStillPlanted(image: Situation['image'], path: string): boolean {
  const above = resolve(image, parentOf(path));
  if ('blocked' in above || above.path !== parentOf(path) || above.fact.type !== 'dir')
    return false;
  const fact = image.at(path);
  return fact.type === 'link' && plantedOriginal(path, fact.target) !== undefined;
}
