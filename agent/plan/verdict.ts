import type { Entry } from '../rules/entries.ts';
import type { Fill } from './fill.ts';
import type { Placed } from './placement.ts';
import type { Sources } from './sources.ts';
import type { Step } from './step.ts';

/** What the plan decided for one entry, for those who explain it. */
export interface Verdict {
  readonly entry: Entry;
  readonly sources: Sources;
  /** What a kept store has of it; undefined if it is served from nowhere like that. */
  readonly fill: Exclude<Fill, { refused: string }> | undefined;
  readonly outcome:
    | { readonly placed: Placed; readonly steps: readonly Step[] }
    /** Why it is not served. */
    | { readonly reason: string };
}

/** Where an entry is served, or undefined. */
export function placedOf(verdict: Verdict | undefined): Placed | undefined {
  return verdict !== undefined && 'placed' in verdict.outcome ? verdict.outcome.placed : undefined;
}
