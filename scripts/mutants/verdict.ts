import { stripVTControlCharacters } from 'node:util';
import type { Mutant } from './mutant.ts';

/** What the tests say of a source: all of them pass, one fails, or they could not be run. */
export type Verdict =
  | { readonly verdict: 'passed' }
  | { readonly verdict: 'failed'; readonly test: string }
  | { readonly verdict: 'not run'; readonly reason: string };

/** A mutant whose tests were run; one that no test notices has survived. */
export interface Tried {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
}

/** Reads what `vitest --reporter=json` wrote. Throws an Error if that is something else. */
export function readVerdict(text: string): Verdict {
  const files = listOf(JSON.parse(text), 'testResults');
  const failed = files
    .flatMap((file) => listOf(file, 'assertionResults'))
    .find((one) => stringOf(one, 'status') === 'failed');
  if (failed !== undefined) return { verdict: 'failed', test: stringOf(failed, 'fullName') };
  const broken = files.find((file) => stringOf(file, 'status') !== 'passed');
  if (broken !== undefined) return { verdict: 'not run', reason: stringOf(broken, 'message') };
  return files.length > 0
    ? { verdict: 'passed' }
    : { verdict: 'not run', reason: 'no test was found' };
}

/** The result of a mutant with what it breaks, and the test that noticed or why none could. */
export function renderTried({ mutant: { rule, file, breaks }, verdict }: Tried): string[] {
  return [
    `${outcome(verdict).padEnd(9)} ${rule.padEnd(4)} ${file}: ${breaks}`,
    ...detail(verdict).map((text) => `               ${text}`),
  ];
}

/** How many mutants were killed, of how many rules. */
export function renderSum(tried: readonly Tried[]): string {
  const killed = tried.filter(({ verdict }) => isKilled(verdict)).length;
  const rules = new Set(tried.map(({ mutant }) => mutant.rule)).size;
  return `${killed} of ${tried.length} mutants of ${rules} rules were killed`;
}

/** A mutant is killed by a test that fails, not by a source that cannot be loaded. */
export function isKilled({ verdict }: Verdict): boolean {
  return verdict === 'failed';
}

function outcome({ verdict }: Verdict): string {
  if (verdict === 'not run') return 'NOT RUN';
  return verdict === 'failed' ? 'killed' : 'SURVIVED';
}

function detail(verdict: Verdict): string[] {
  if (verdict.verdict === 'passed') return [];
  if (verdict.verdict === 'failed') return [`by ${JSON.stringify(verdict.test)}`];
  return [stripVTControlCharacters(verdict.reason).split('\n')[0] ?? ''];
}

function listOf(value: unknown, key: string): unknown[] {
  const found: unknown = value instanceof Object ? Reflect.get(value, key) : undefined;
  if (Array.isArray(found)) return found;
  throw new Error(`the test report has no list of ${key}`);
}

function stringOf(value: unknown, key: string): string {
  const found: unknown = value instanceof Object ? Reflect.get(value, key) : undefined;
  if (typeof found === 'string') return found;
  throw new Error(`the test report has no ${key}`);
}
