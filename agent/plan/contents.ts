import { layout } from '../rules/layout.ts';
import { isConcatenated } from '../rules/options.ts';
import type { Decided } from './decided.ts';
import { inCopyOf, type Placed } from './placement.ts';
import type { Planner } from './planner.ts';
import type { From, Step } from './step.ts';

/** The steps that bring the content to its place. */
export function fillSteps(
  { entry, option, sources, fill }: Decided,
  placed: Placed,
  planner: Planner,
): Step[] {
  if (placed.in === 'source' || fill?.fill === 'keep') return [];
  if (entry.mtab) return [mtabLink(placed.at)];
  if (isConcatenated(option)) return [{ kind: 'concatenate', from: sources.from, to: placed.at }];
  const [first] = sources.from;
  if (first === undefined) return [];
  if (placed.in !== 'tmpfs') planner.kept.fills(placed.in, entry.path);
  const step: Step =
    entry.type === 'file'
      ? { kind: 'copy', from: first, to: placed.at }
      : mergeInto(entry.path, placed.at, sources.from, fill, planner);
  const replaced = fill?.fill === 'new' ? fill.replaces : undefined;
  if (replaced === undefined) return [step];
  return [{ kind: 'remove-mount-point', path: placed.at, type: replaced }, step];
}

function mergeInto(
  path: string,
  to: string,
  from: readonly From[],
  fill: Decided['fill'],
  { listedBelow, madeWithin }: Planner,
): Step {
  const lowest = from.at(-1)?.root;
  const isImages = lowest === layout.pristine || lowest === '/';
  return {
    kind: 'merge',
    from,
    to,
    path,
    leaveOut: listedBelow.get(path) ?? [],
    bare: isImages ? (madeWithin.get(path) ?? []) : [],
    only: fill?.fill === 'complete' ? 'missing names' : 'everything',
  };
}

/** /etc/mtab in the volatile copy of a directory above it is a symlink (semantics 1.6). */
export function mtabInCopy({ situation, placed }: Planner): Step[] {
  const { mtabInCopy: mtab } = situation.entries;
  const parent = mtab === undefined ? undefined : placed.get(mtab.parent);
  if (mtab === undefined || parent?.in !== 'tmpfs') return [];
  return [mtabLink(inCopyOf(parent, mtab.path))];
}

function mtabLink(path: string): Step {
  return { kind: 'symlink', path, target: '/proc/self/mounts' };
}
