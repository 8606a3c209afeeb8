import { StateliteError } from '../errors.ts';
import type { Entry } from '../rules/entries.ts';
import { layout } from '../rules/layout.ts';
import { isConcatenated, isLink, type Option, storeOf } from '../rules/options.ts';
import { ancestors } from '../rules/path.ts';
import { forEach } from '../rules/view.ts';
import { decideFill, type Fill, type Listed } from './fill.ts';
import { inCopyOf, misfit, type Placed, placedAbove, volatileCopy } from './placement.ts';
import { keptStores, type KeptStores, refuseStore } from './kept.ts';
import { type Notice, nameOf, type Situation } from './situation.ts';
import { type Sources, sourcesOf } from './sources.ts';
import type { From, KeptStore, Step } from './step.ts';
import { staleLinks } from './stale.ts';
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
  const placed = forEach(decided, (one) => place(one, planner));
  const stale = staleLinks(situation, planner.placed);
  const mtabParent = situation.entries.mtabInCopyOf;
  return {
    steps: [
      { kind: 'bind', source: layout.pristine, target: layout.pristine, readonly: true },
      ...planner.kept.before(),
      ...stale.steps,
      // All copies first: a mount may cover what a later copy is made from.
      ...placed.flatMap(({ content }) => content),
      ...mtabInCopy(mtabParent === undefined ? undefined : planner.placed.get(mtabParent)),
      ...placed.flatMap(({ mounts }) => mounts),
      ...planner.kept.after(),
    ],
    notices: [...leftAlone(situation), ...planner.notices, ...stale.notices],
    counts: countOptions(planner.placed),
    verdicts: new Map(placed.map(({ verdict }) => [verdict.entry.path, verdict])),
  };
}

interface Planner {
  readonly situation: Situation;
  readonly listed: Listed;
  /** Listed paths below a directory; what liteimg made at or below one. */
  readonly listedBelow: ReadonlyMap<string, readonly string[]>;
  readonly madeWithin: ReadonlyMap<string, readonly string[]>;
  readonly kept: KeptStores;
  readonly placed: Map<string, Placed>;
  readonly notices: Notice[];
}

function startPlan(situation: Situation): Planner {
  const paths = [...situation.entries.entries.keys()];
  const listedBelow = byAncestor(paths, (path) => ancestors(path));
  const listed = { paths: new Set(paths), above: new Set(listedBelow.keys()) };
  return {
    situation,
    listed,
    listedBelow,
    madeWithin: byAncestor(situation.saved.made.keys(), (path) => [path, ...ancestors(path)]),
    kept: keptStores(situation, listed),
    placed: new Map(),
    notices: [],
  };
}

function byAncestor(
  paths: Iterable<string>,
  of: (path: string) => Iterable<string>,
): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    for (const directory of of(path)) {
      const group = groups.get(directory);
      if (group === undefined) groups.set(directory, [path]);
      else group.push(path);
    }
  }
  return groups;
}

/** What is to become of an entry, before its parent is known to be in place. */
interface Decided {
  readonly entry: Entry;
  readonly option: Option;
  readonly sources: Sources;
  /** Only for an entry that is served from a kept store. */
  readonly fill: Exclude<Fill, { refused: string }> | undefined;
  readonly notices: readonly Notice[];
}

function decide(entry: Entry, { situation, listed }: Planner): Decided {
  const sources = sourcesOf(entry, situation);
  const warnings = sources.warnings.map((message): Notice => ({ level: 'warning', message }));
  const store = storeOf(entry.option);
  if (store !== 'persistent' && store !== 'localdisk') {
    return { entry, option: entry.option, sources, fill: undefined, notices: warnings };
  }
  const state = situation[store];
  if (state.state === 'none') refuseWithoutStore(entry, store);
  const volatile = (reason: string): Decided => ({
    entry,
    option: isLink(entry.option) ? 'link' : 'tmpfs',
    sources,
    fill: undefined,
    notices: [
      ...warnings,
      { level: 'degraded', message: `${nameOf(entry)} is volatile this time: ${reason}` },
    ],
  });
  if (state.state === 'volatile') return volatile(`the ${store} store is not there`);
  const fill = decideFill(entry, state, listed);
  if ('refused' in fill) refuseStore(entry, store, fill.refused);
  const [missing] = situation.missingTrees;
  if (fill.fill !== 'keep' && missing !== undefined) {
    const location = `${missing.server ?? ''}:${missing.directory}`;
    return volatile(`it was never filled, and the tree ${location} is missing`);
  }
  return { entry, option: entry.option, sources, fill, notices: warnings };
}

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
  const found = fill?.fill === 'keep' || fill?.fill === 'complete' || sources.from.length > 0;
  if (!found) return notPlaced(decided, `found nowhere (${sources.searched.join('; ')})`, planner);
  const unfit =
    parent === undefined ? misfit(entry, isLink(option), planner.situation.image) : undefined;
  if (unfit !== undefined) return notPlaced(decided, `${unfit}; run liteimg`, planner);

  const placed = locate(decided, parent);
  planner.placed.set(entry.path, placed);
  const why = `row ${nameOf(entry)}, ${entry.row.specificity}; ${sources.searched.join(', ')}`;
  const explained = (step: Step): Step => ({ ...step, why });
  const content = fillSteps(decided, placed, planner).map(explained);
  const mounts = reach(placed, parent, planner).map(explained);
  const outcome = { placed, steps: [...content, ...mounts] };
  return { verdict: { entry, sources, fill, outcome }, content, mounts };
}

function notPlaced(
  { entry, sources, fill }: Decided,
  reason: string,
  { notices }: Planner,
): Outcome {
  notices.push({ level: 'degraded', message: `${nameOf(entry)} is not served: ${reason}` });
  return { verdict: { entry, sources, fill, outcome: { reason } }, content: [], mounts: [] };
}

/** Where the entry's content will be (semantics 3, 3.3). */
function locate({ entry, option, sources, fill }: Decided, parent: Placed | undefined): Placed {
  const store = storeOf(option);
  const behindLink = parent?.behindLink === true;
  if (fill !== undefined && (store === 'persistent' || store === 'localdisk')) {
    const at = layout[store] + fill.path;
    return { entry, option, at, in: store, behindLink: behindLink || option === 'link,persistent' };
  }
  if (store === 'none') {
    const [first] = sources.from;
    if (first === undefined) throw new Error(`no source for ${entry.path}`);
    const at = first.root === '/' ? first.path : first.root + first.path;
    return { entry, option, at, in: 'source', behindLink };
  }
  const at =
    parent?.in === 'tmpfs' ? inCopyOf(parent, entry.path) : volatileCopy(entry.path, parent);
  return { entry, option, at, in: 'tmpfs', behindLink };
}

/** The steps that bring the content to its place. */
function fillSteps(
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
  if (entry.type === 'file') return [{ kind: 'copy', from: first, to: placed.at }];
  return [mergeInto(entry.path, placed.at, sources.from, fill, planner)];
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

/** The steps that make the content visible at the entry's path (semantics 3.3). */
function reach(placed: Placed, parent: Placed | undefined, planner: Planner): Step[] {
  const { entry, option } = placed;
  const readonly = placed.in === 'source';
  if (parent === undefined) {
    if (!isLink(option)) return [{ kind: 'bind', source: placed.at, target: entry.path, readonly }];
    const copy = layout.tmpfs + entry.path;
    return placed.at === copy ? [] : [{ kind: 'symlink', path: copy, target: placed.at }];
  }
  const inParent = inCopyOf(parent, entry.path);
  if (placed.at === inParent) return [];
  return [
    ...planner.kept.mountPoint(parent.in, inParent, entry),
    { kind: 'bind', source: placed.at, target: entry.path, readonly },
  ];
}

function mtabInCopy(parent: Placed | undefined): Step[] {
  const hasCopy = parent?.in === 'tmpfs';
  return hasCopy ? [mtabLink(inCopyOf(parent, '/etc/mtab'))] : [];
}

function mtabLink(path: string): Step {
  return { kind: 'symlink', path, target: '/proc/self/mounts' };
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

function refuseWithoutStore(entry: Entry, store: KeptStore): never {
  const hint =
    store === 'persistent'
      ? 'give the node a statemnt in the statelite table and run nodeset, or change the row'
      : 'name a local disk for the node, or change the row';
  throw new StateliteError(
    'ERR_STATELITE_STORE',
    `${nameOf(entry)} has nowhere to stay: the node has no ${store} store`,
    { hint },
  );
}
