import { StateliteError } from '../errors.ts';
import { formatLocation } from '../protocol/location.ts';
import type { Entry } from '../rules/entries.ts';
import { isLink, type Option, storeOf } from '../rules/options.ts';
import { decideFill, type Fill } from './fill.ts';
import { refuseStore } from './kept.ts';
import type { Planner } from './planner.ts';
import { nameOf, type Notice } from './situation.ts';
import { type Sources, sourcesOf } from './sources.ts';
import type { KeptStore } from './step.ts';

/** What is to become of an entry, before its parent is known to be in place. */
export interface Decided {
  readonly entry: Entry;
  readonly option: Option;
  readonly sources: Sources;
  /** Only for an entry that is served from a kept store. */
  readonly fill: Exclude<Fill, { refused: string }> | undefined;
  readonly notices: readonly Notice[];
}

/**
 * Decides store, sources and filling of one entry (semantics 3.1, 3.2). Throws ERR_STATELITE_STORE
 * where data that is meant to stay has nowhere to go (3.5).
 */
export function decide(entry: Entry, { situation, listed }: Planner): Decided {
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
    return volatile(`it has no copy yet, and the tree ${formatLocation(missing)} is missing`);
  }
  return { entry, option: entry.option, sources, fill, notices: warnings };
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
