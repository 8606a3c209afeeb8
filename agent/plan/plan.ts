import { layout } from '../rules/layout.ts';
import { isLink, storeOf } from '../rules/options.ts';
import { forEach } from '../rules/view.ts';
import { fillSteps, mtabInCopy } from './contents.ts';
import { type Decided, decide } from './decided.ts';
import { misfit, type Placed, placedAbove, volatileCopy } from './placement.ts';
import { type Planner, startPlan } from './planner.ts';
import { imagesOwnBelow, reach } from './reach.ts';
import { refuseSharedPlaces } from './shared-places.ts';
import { type Notice, nameOf, type Situation } from './situation.ts';
import { staleLinks } from './stale.ts';
import type { Step } from './step.ts';
import type { Verdict } from './verdict.ts';

export interface Plan {
  readonly steps: readonly Step[];
  readonly notices: readonly Notice[];
  /** Entries in place, by effective option. */
  readonly counts: Readonly<Record<string, number>>;
  /** By canonical path, what became of each entry. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
}

/**
 * Decides every step that puts the entries in place (semantics 3), parents before children. Pure;
 * throws ERR_STATELITE_STORE where data that is meant to stay has nowhere to go (3.5).
 */
export function plan(situation: Situation): Plan {
  const planner = startPlan(situation);
  const { entries } = situation.entries;
  const decided = forEach(entries.values(), (entry) => decide(entry, planner));
  refuseSharedPlaces(decided);
  for (const { entry, option } of decided) if (option !== entry.option) planner.volatile.add(entry);
  const placed = forEach(decided, (one) => place(one, planner));
  const stale = staleLinks(situation, planner.placed);
  // An image that liteimg never prepared has none.
  const hasPristine = situation.image.at(layout.pristine).type === 'dir';
  return {
    steps: [
      ...(hasPristine ? [pristineReadonly] : []),
      ...planner.kept.before(),
      ...stale.steps,
      // All copies first: a mount may cover what a later copy is made from.
      ...placed.flatMap(({ content }) => content),
      ...mtabInCopy(planner),
      ...placed.flatMap(({ mounts }) => mounts),
      ...planner.kept.after(),
    ],
    notices: [...leftAlone(situation), ...planner.notices, ...stale.notices],
    counts: countOptions(planner.placed),
    verdicts: new Map(placed.map(({ verdict }) => [verdict.entry.path, verdict])),
  };
}

const pristineReadonly: Step = {
  kind: 'bind',
  source: layout.pristine,
  target: layout.pristine,
  readonly: true,
};

/** What became of one entry, and its steps. */
interface Outcome {
  readonly verdict: Verdict;
  readonly content: readonly Step[];
  readonly mounts: readonly Step[];
}

/** Decides the steps of one entry; remembers where it is for its children. */
function place(decided: Decided, planner: Planner): Outcome {
  const { entry, option, sources, fill } = decided;
  planner.notices.push(...decided.notices);
  const parent = placedAbove(planner.placed, entry.path);
  const placed = locate(decided, parent);
  if (placed === undefined) {
    const known = planner.situation.saved.entries.get(entry.path)?.type === entry.type;
    const nowhere = `found nowhere (${sources.searched.join('; ')})`;
    return notPlaced(decided, known ? nowhere : `${nowhere}; run liteimg`, planner);
  }
  const unfit =
    parent === undefined ? misfit(entry, isLink(option), planner.situation.image) : undefined;
  if (unfit !== undefined) return notPlaced(decided, `${unfit}; run liteimg`, planner);

  const own = imagesOwnBelow(placed, parent);
  planner.placed.set(entry.path, placed);
  const why = `row ${nameOf(entry)}, ${entry.row.specificity}; ${sources.searched.join(', ')}`;
  const explained = (step: Step): Step => ({ ...step, why });
  const content = [...own.steps, ...fillSteps(decided, placed, planner)].map(explained);
  const mounts = reach(own.placed, parent, planner).map(explained);
  const outcome = { placed, steps: [...content, ...mounts] };
  return { verdict: { entry, sources, fill, outcome }, content, mounts };
}

function notPlaced(
  { entry, sources, fill }: Decided,
  reason: string,
  { notices }: Planner,
): Outcome {
  // Nobody wrote the implicit /etc/mtab: without it the node is what the table says.
  const level = entry.mtab ? 'warning' : 'degraded';
  notices.push({ level, message: `${nameOf(entry)} is not served: ${reason}` });
  return { verdict: { entry, sources, fill, outcome: { reason } }, content: [], mounts: [] };
}

/** Where the entry's content will be (semantics 3, 3.3), or undefined if it is found nowhere. */
function locate(
  { entry, option, sources, fill }: Decided,
  parent: Placed | undefined,
): Placed | undefined {
  const [first] = sources.from;
  const store = storeOf(option);
  const behindLink = parent?.behindLink === true;
  const found = fill?.fill === 'keep' || fill?.fill === 'complete' || first !== undefined;
  if (fill !== undefined && found && (store === 'persistent' || store === 'localdisk')) {
    const at = layout[store] + fill.path;
    return { entry, option, at, in: store, behindLink: behindLink || option === 'link,persistent' };
  }
  if (first === undefined) return undefined;
  if (store === 'none') {
    const at = first.root === '/' ? first.path : first.root + first.path;
    return { entry, option, at, in: 'source', behindLink };
  }
  const at = volatileCopy(entry.path, parent);
  return { entry, option, at, in: 'tmpfs', behindLink };
}

function leftAlone({ entries }: Situation): Notice[] {
  return entries.leftAlone.map(({ written, place: where }) => ({
    level: 'notice',
    message: `${JSON.stringify(written)} is left alone: it leads to ${where}`,
  }));
}

function countOptions(placed: ReadonlyMap<string, Placed>): Record<string, number> {
  const groups = Map.groupBy(placed.values(), ({ option }) => option);
  return Object.fromEntries([...groups].map(([option, all]) => [option, all.length]));
}
