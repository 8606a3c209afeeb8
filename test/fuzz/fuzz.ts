import { mutated } from './mutate.ts';
import { randomOf } from './random.ts';
import type { Target } from './target.ts';

/** One input may take so many milliseconds, the second time too: the first may have met a pause. */
const slow = 1000;

export interface FuzzOptions {
  readonly seeds: readonly [Buffer, ...Buffer[]];
  readonly seed: number;
  /** Asked before each input. */
  readonly goesOn: (count: number) => boolean;
  /** Told of each input before it is tried: it may be the last. */
  readonly tries?: (input: Buffer) => void;
}

export interface Finding {
  readonly input: Buffer;
  readonly error: Error;
}

/** Tries the seeds, then what comes of them, until something is wrong. The seed decides all inputs. */
export function fuzz(
  target: Target,
  { seeds, seed, goesOn, tries = () => {} }: FuzzOptions,
): { readonly count: number; readonly finding: Finding | undefined } {
  let count = 0;
  for (; goesOn(count); count += 1) {
    const input = seeds[count] ?? mutated(seeds, target.words, randomOf(seed + count));
    tries(input);
    const error = problemWith(target, input);
    if (error !== undefined) return { count: count + 1, finding: { input, error } };
  }
  return { count, finding: undefined };
}

/** What is wrong with how the target takes the input, if anything is. */
export function problemWith(target: Target, input: Buffer): Error | undefined {
  let took = 0;
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const start = performance.now();
    try {
      target.run(input);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
    took = performance.now() - start;
    if (took < slow) return undefined;
  }
  return new Error(`${input.length} bytes take ${Math.round(took)} ms`);
}
