import type { Entries, Entry } from '../rules/entries.ts';
import { formatLocation } from '../protocol/location.ts';
import type { Tree } from '../rules/litetree.ts';
import type { Saved } from '../rules/save.ts';
import { nothing, type View } from '../rules/view.ts';

/** A tree that is mounted, with what is known of it. */
export interface MountedTree {
  readonly tree: Tree;
  /** Where it is mounted, seen from the new root. */
  readonly root: string;
  readonly view: View;
}

/** A store that keeps data over reboots. */
export type StoreState =
  /** No STATEMNT, no local disk. */
  | { readonly state: 'none' }
  /** Its mount failed and `nofail` allows to go on without (semantics 5.3). */
  | { readonly state: 'volatile' }
  | {
      readonly state: 'mounted';
      readonly view: View;
      /** The lines of .statelite.filled, or undefined if the store has no list yet. */
      readonly filled: ReadonlySet<string> | undefined;
      readonly made: ReadonlySet<string>;
    };

/** Everything a plan is decided from. */
export interface Situation {
  readonly entries: Entries;
  readonly saved: Saved;
  readonly image: View;
  readonly trees: readonly MountedTree[];
  /** Optional trees that could not be mounted (semantics 3.2). */
  readonly missingTrees: readonly Tree[];
  readonly persistent: StoreState;
  readonly localdisk: StoreState;
}

/** What the plan has to say besides its steps. */
export interface Notice {
  /** `notice` changes nothing, `warning` stays `ok`, `degraded` is an outcome (semantics 5.6). */
  readonly level: 'notice' | 'warning' | 'degraded';
  readonly message: string;
}

/** What is known of a kept store; nothing, if it is not mounted or no such store. */
export function keptView(situation: Situation, store: string): View {
  const { persistent, localdisk } = situation;
  const state = new Map([
    ['persistent', persistent],
    ['localdisk', localdisk],
  ]).get(store);
  return state?.state === 'mounted' ? state.view : nothing;
}

/** An entry's name in messages: as written, with its option. */
export function nameOf({ written, option }: Entry): string {
  return `${JSON.stringify(written)} (${option})`;
}

/** A tree's name in messages. */
export function treeName({ tree }: MountedTree): string {
  return formatLocation(tree);
}
