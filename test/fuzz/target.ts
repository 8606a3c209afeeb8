import { isDeepStrictEqual } from 'node:util';
import { StateliteError } from '../../agent/errors.ts';
import { HttpError } from '../../mgmt/daemon/http-error.ts';

/** A parser of what others write. The corpus is `corpus/<name>/`. */
export interface Target {
  readonly name: string;
  /** Words of its language, to be put in anywhere. */
  readonly words: readonly string[];
  /** Throws if the parser does what it must not. */
  readonly run: (input: Buffer) => void;
}

/** The result, or undefined if the input was refused as hostile input is. Anything else is a bug. */
export function accepted<T>(parse: () => T, isKnown?: (error: Error) => boolean): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof StateliteError || error instanceof HttpError) return undefined;
    if (error instanceof Error && isKnown?.(error) === true) return undefined;
    throw error;
  }
}

/** JSON as the daemon and the agent read it; undefined if it is none. */
export function json(input: Buffer): unknown {
  return accepted<unknown>(
    () => JSON.parse(input.toString()),
    (error) => error instanceof SyntaxError,
  );
}

export function insist(holds: boolean, what: string): void {
  if (!holds) throw new Error(`it does not hold that ${what}`);
}

export function insistEqual(a: unknown, b: unknown, what: string): void {
  insist(isDeepStrictEqual(a, b), `${what}: ${JSON.stringify(a)} and ${JSON.stringify(b)}`);
}
