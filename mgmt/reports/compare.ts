import type { BootReport } from '../../agent/protocol/report.ts';

/** A value of two boots; undefined where one of them has none. */
export interface Change<T> {
  readonly what: string;
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** What differs between a boot and the one before; times in milliseconds. */
export interface Comparison {
  /** Outcome, image, kernel, agent, error. */
  readonly facts: readonly Change<string>[];
  readonly took: { readonly before: number; readonly after: number };
  /** Every phase of either, in the order of the later boot. */
  readonly phases: readonly Change<number>[];
  readonly added: readonly string[];
  readonly gone: readonly string[];
  /** Steps of both whose time differs by much, the largest difference first. */
  readonly times: readonly Change<number>[];
  /** Options whose number of entries differs. */
  readonly entries: readonly Change<number>[];
  readonly warnings: { readonly added: readonly string[]; readonly gone: readonly string[] };
}

/** Less than this is chance. */
const muchMilliseconds = 5;
const muchRatio = 1.5;

/** Steps are the same if their words are; a step that is there twice counts with both times. */
export function compareReports(before: BootReport, after: BootReport): Comparison {
  const steps = [before, after].map((report) => stepTimes(report.steps));
  const [earlier = new Map(), later = new Map()] = steps;
  return {
    facts: changes(factsOf(before), factsOf(after)),
    took: { before: before.took, after: after.took },
    phases: both(phaseTimes(before), phaseTimes(after)),
    added: missingIn(earlier, later),
    gone: missingIn(later, earlier),
    times: both(earlier, later)
      .filter(isMuch)
      .toSorted((a, b) => differenceOf(b) - differenceOf(a)),
    entries: changes(entriesOf(before), entriesOf(after)),
    warnings: {
      added: missingIn(setOf(before.warnings), setOf(after.warnings)),
      gone: missingIn(setOf(after.warnings), setOf(before.warnings)),
    },
  };
}

/** Whether two boots did the same with the same result; times are not looked at. */
export function isSame({ facts, added, gone, entries, warnings }: Comparison): boolean {
  const lists = [facts, added, gone, entries, warnings.added, warnings.gone];
  return lists.every(({ length }) => length === 0);
}

function factsOf({ outcome, image, kernel, agent, error }: BootReport): Map<string, string> {
  const facts = new Map(Object.entries({ outcome, image, kernel, agent }));
  if (error !== undefined) facts.set('error', `${error.code}: ${error.message}`);
  return facts;
}

function stepTimes(steps: BootReport['steps']): Map<string, number> {
  const times = new Map<string, number>();
  for (const { step, took } of steps) times.set(step, (times.get(step) ?? 0) + took);
  return times;
}

function phaseTimes({ phases }: BootReport): Map<string, number> {
  return new Map(phases.map(({ name, took }) => [name, took]));
}

function entriesOf({ entries }: BootReport): Map<string, number> {
  return new Map(Object.entries(entries));
}

function setOf(texts: readonly string[]): Map<string, true> {
  return new Map(texts.map((text) => [text, true]));
}

function missingIn(
  known: ReadonlyMap<string, unknown>,
  all: ReadonlyMap<string, unknown>,
): string[] {
  return [...all.keys()].filter((key) => !known.has(key));
}

function both<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Change<T>[] {
  return [...new Set([...after.keys(), ...before.keys()])].map((what) => ({
    what,
    before: before.get(what),
    after: after.get(what),
  }));
}

function changes<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Change<T>[] {
  return both(before, after).filter((change) => change.before !== change.after);
}

function isMuch({ before, after }: Change<number>): boolean {
  if (before === undefined || after === undefined) return false;
  const [less, more] = [Math.min(before, after), Math.max(before, after)];
  return more - less >= muchMilliseconds && more >= less * muchRatio;
}

function differenceOf({ before = 0, after = 0 }: Change<number>): number {
  return Math.abs(after - before);
}
