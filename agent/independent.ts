import type { Step } from './plan/step.ts';
import { layout } from './rules/layout.ts';
import { ancestors, isBelow, isWithin } from './rules/path.ts';

/** How many steps are performed at a time. */
const atOnce = 16;

/**
 * The steps in order, in groups whose steps may be performed at the same time: each fills a place of
 * its own in memory. All others are alone: mounts depend on each other, and what is filled in a kept
 * store is built beside its place under one name.
 */
export function* independentGroups(steps: readonly Step[]): Generator<readonly Step[]> {
  let group: Step[] = [];
  let places = new Set<string>();
  for (const step of steps) {
    const place = placeInMemory(step);
    const joins = place !== undefined && group.length < atOnce && isApart(place, places);
    if (!joins && group.length > 0) {
      yield group;
      group = [];
      places = new Set();
    }
    if (place === undefined) {
      yield [step];
    } else {
      group.push(step);
      places.add(place);
    }
  }
  if (group.length > 0) yield group;
}

/** What a step fills alone; a file joined of several is built in one workplace for all. */
function placeInMemory(step: Step): string | undefined {
  if (step.kind === 'symlink') return step.path;
  if (step.kind !== 'copy' && step.kind !== 'merge') return undefined;
  return isWithin(step.to, layout.statelite) && !isWithin(step.to, layout.persistent)
    ? step.to
    : undefined;
}

function isApart(place: string, others: ReadonlySet<string>): boolean {
  if (others.has(place) || ancestors(place).some((above) => others.has(above))) return false;
  return [...others].every((other) => !isBelow(other, place));
}
