import { layout } from '../rules/layout.ts';
import { isLink } from '../rules/options.ts';
import { isBelow, isWithin } from '../rules/path.ts';
import { inCopyOf, isInCopyOf, type Placed } from './placement.ts';
import type { Planner } from './planner.ts';
import type { Step } from './step.ts';

/** The steps that make the content visible at the entry's path (semantics 3.3). */
export function reach(placed: Placed, parent: Placed | undefined, planner: Planner): Step[] {
  const { entry, option } = placed;
  const readonly = placed.in === 'source';
  if (parent === undefined) {
    if (!isLink(option)) return [{ kind: 'bind', source: placed.at, target: entry.path, readonly }];
    const copy = layout.tmpfs + entry.path;
    if (placed.at === copy) return [];
    if (!hasVolatileBelow(entry.path, planner)) {
      return [{ kind: 'symlink', path: copy, target: placed.at }];
    }
    // Mounts below a link would be mounts in the store itself, and hide what others have there.
    return [
      { kind: 'mount-point', path: copy, type: entry.type },
      { kind: 'bind', source: placed.at, target: copy, readonly },
    ];
  }
  if (isInCopyOf(parent, placed, planner.situation)) return [];
  return [
    ...planner.kept.mountPoint(parent.in, inCopyOf(parent, entry.path), entry),
    { kind: 'bind', source: placed.at, target: entry.path, readonly },
  ];
}

/**
 * An object of the image itself, served below a listed directory, is set aside before that
 * directory's mount covers it (semantics 5.5).
 */
export function imagesOwnBelow(
  placed: Placed,
  parent: Placed | undefined,
): { placed: Placed; steps: readonly Step[] } {
  const { at, entry } = placed;
  const isOwn =
    placed.in === 'source' && !isWithin(at, layout.pristine) && !isWithin(at, layout.trees);
  if (parent === undefined || !isOwn) return { placed, steps: [] };
  const aside = layout.volatile + entry.path;
  return {
    placed: { ...placed, at: aside },
    steps: [
      { kind: 'mount-point', path: aside, type: entry.type },
      { kind: 'bind', source: at, target: aside, readonly: true },
    ],
  };
}

function hasVolatileBelow(path: string, { volatile }: Planner): boolean {
  return [...volatile].some((entry) => isBelow(entry.path, path));
}
