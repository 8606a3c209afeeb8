import { foldNames } from '../../core/fold-names.ts';
import { usersOf } from './in-use.ts';
import type { Generation } from './read.ts';
import { removeGeneration } from './remove.ts';
import { byPublication, type Reported } from './reported.ts';

/** What becomes of a generation, and why it stays. */
export interface Verdict {
  readonly generation: Generation;
  /** Undefined: it goes. */
  readonly kept: string | undefined;
}

/** How many generations besides the current one stay, if nothing else is wished. */
export const keptByDefault = 2;

/**
 * Which generations go, by number. Never the current one, nor what a node reported to run, nor what
 * somebody on this machine is at work in; of the others the `keep` stay that were the image last.
 */
export function judge(
  generations: readonly Generation[],
  {
    keep,
    reported,
    users,
  }: {
    readonly keep: number;
    readonly reported: Reported;
    /** By directory. */
    readonly users: ReadonlyMap<string, string>;
  },
): Verdict[] {
  const others = byPublication(generations.filter(({ isCurrent }) => !isCurrent));
  const newest = new Set(others.slice(0, keep).map(({ number }) => number));
  return generations.map((generation) => {
    const { number, directory, isCurrent } = generation;
    const nodes = reported.get(number) ?? [];
    const reasons: (string | undefined)[] = [
      isCurrent ? 'it is the image' : undefined,
      nodes.length > 0 ? `${foldNames(nodes)} reported to run it` : undefined,
      users.get(directory),
      newest.has(number) ? `one of the last ${keep}` : undefined,
    ];
    return { generation, kept: reasons.find((one) => one !== undefined) };
  });
}

/** Looks and removes; with `dryRun` only looks. Needs the image's lock. */
export async function collect(
  generations: readonly Generation[],
  {
    keep,
    reported,
    dryRun,
  }: {
    readonly keep: number;
    readonly reported: Reported;
    readonly dryRun: boolean;
  },
): Promise<Verdict[]> {
  const users = usersOf(generations.map(({ directory }) => directory));
  const verdicts = judge(generations, { keep, reported, users });
  for (const { generation, kept } of verdicts) {
    if (kept === undefined && !dryRun) await removeGeneration(generation.directory);
  }
  return verdicts;
}
