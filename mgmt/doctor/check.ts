import { explainError, hasCode, StateliteError } from '../../agent/errors.ts';
import { type Finding, fail, merged, note, warn } from './finding.ts';

/** One thing to look at. `look` gathers facts and gives what a pure function says of them. */
export interface Check<About> {
  /** Where its findings stand in the report. */
  readonly group: string;
  readonly name: string;
  /** `signal` tells that nobody waits any more. */
  readonly look: (about: About, signal: AbortSignal) => Promise<readonly Finding[]>;
}

/** A finding, and the check it is from. */
export interface Reported extends Finding {
  readonly group: string;
  readonly check: string;
}

/**
 * Runs checks side by side, each for so many milliseconds at most. One that fails is a finding
 * like another, and keeps no other from being run. In the order of the checks.
 */
export async function runChecks<About>(
  checks: readonly Check<About>[],
  about: About,
  limit: number,
): Promise<Reported[]> {
  const all = await Promise.all(
    checks.map(async (check) => {
      const findings = merged(await withinLimit(check, about, limit));
      return findings.map((finding) => ({ group: check.group, check: check.name, ...finding }));
    }),
  );
  return all.flat();
}

async function withinLimit<About>(
  { name, look }: Check<About>,
  about: About,
  limit: number,
): Promise<readonly Finding[]> {
  const controller = new AbortController();
  const { promise: late, resolve } = Promise.withResolvers<readonly Finding[]>();
  const timer = setTimeout(() => {
    controller.abort();
    const hint = `statelite doctor --patience ${Math.ceil(limit / 500)} waits longer`;
    resolve([warn(`${name}: no result within ${limit / 1000} s`, hint)]);
  }, limit);
  try {
    return await Promise.race([look(about, controller.signal), late]);
  } catch (error) {
    return [failure(name, error)];
  } finally {
    clearTimeout(timer);
  }
}

/** What a check that failed itself comes down to. */
function failure(name: string, error: unknown): Finding {
  if (error instanceof StateliteError) return fail(error.message, error.hint ?? error.code);
  if (hasCode(error, 'EACCES', 'EPERM')) {
    return note(
      `${name}: could not be looked at: ${error.message}`,
      'run statelite doctor as root',
    );
  }
  const [first = ''] = explainError(error).join(', ').split('\n');
  return warn(`${name}: the check itself failed: ${first}`, 'please report it');
}
