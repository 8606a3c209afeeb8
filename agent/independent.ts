import type { Step } from './plan/step.ts';
import { layout } from './rules/layout.ts';
import { ancestors, below, besideName, isBelow, isWithin, parentOf } from './rules/path.ts';

/** How many steps are performed at a time. */
const atOnce = 64;

/**
 * The steps in order, in groups whose steps may be performed at the same time: each fills a place of
 * its own. In a kept store they are in different directories too, since what is filled there is built
 * beside its place under one name. All other steps are alone: mounts depend on each other.
 */
export function* independentGroups(steps: readonly Step[]): Generator<readonly Step[]> {
  let group: Step[] = [];
  let taken = new Set<string>();
  for (const step of steps) {
    const places = placesOf(step);
    const joins = places.length > 0 && group.length < atOnce && areApart(places, taken);
    if (!joins && group.length > 0) {
      yield group;
      group = [];
      taken = new Set();
    }
    if (places.length === 0) {
      yield [step];
    } else {
      group.push(step);
      for (const place of places) taken.add(place);
    }
  }
  if (group.length > 0) yield group;
}

/** What a step needs for itself. A file joined of several is built in one workplace for all. */
function placesOf(step: Step): readonly string[] {
  if (step.kind === 'symlink') return [step.path];
  if (step.kind !== 'copy' && step.kind !== 'merge') return [];
  const isKept = isWithin(step.to, layout.persistent) || isWithin(step.to, layout.localdisk);
  return isKept ? [step.to, besideOf(step.to)] : [step.to];
}

function besideOf(place: string): string {
  return below(parentOf(place), besideName);
}

function areApart(places: readonly string[], taken: ReadonlySet<string>): boolean {
  return places.every(
    (place) =>
      !taken.has(place) &&
      ancestors(place).every((above) => !taken.has(above)) &&
      [...taken].every((other) => !isBelow(other, place)),
  );
}
