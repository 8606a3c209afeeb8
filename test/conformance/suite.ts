import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { type Case, decodeCase } from './case.ts';
import { compare } from './compare.ts';
import { tree } from './decode.ts';
import type { GivenTree } from './entry.ts';
import { decodeExplanations, type Explained, explain, type Explanation } from './explain.ts';
import { type Outcome, present } from './present.ts';
import { entriesOf } from './save-notes.ts';
import { type CaseWish, startCase } from './start-case.ts';

/** A case that was read whole: nothing of it is missing or wrong. */
export interface ReadCase extends CaseWish {
  readonly case: Case;
  readonly file: string;
}

/** A case that cannot be used, with the reason. */
export interface UnfitCase {
  readonly file: string;
  readonly unfit: StateliteError;
}

/** What came of a case. */
export interface Result {
  readonly file: string;
  readonly outcome: Outcome;
  /** null: the case has no record to compare with. */
  readonly found: readonly Explained[] | null;
}

/** Where recorded cases are taken from if none are named: none are in this repository. */
const recorded = join(import.meta.dirname, '../../../shared/conformance');

/** Every recorded case. Throws ERR_STATELITE_USAGE if they are not there. */
export async function recordedCases(): Promise<string[]> {
  const directory = join(recorded, 'cases');
  try {
    const names = await readdir(directory);
    return names
      .filter((name) => name.endsWith('.json'))
      .toSorted()
      .map((name) => join(directory, name));
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT', 'ENOTDIR')) throw cause;
    throw new StateliteError('ERR_STATELITE_USAGE', `there are no recorded cases in ${directory}`, {
      cause,
      hint: 'name case files: docs/testing.md says what they are',
    });
  }
}

/** Reads a case and the image tree it names. One that cannot be used does not keep others from running. */
export async function readCase(file: string): Promise<ReadCase | UnfitCase> {
  try {
    const found = decodeCase(await readJson(file), nameOf(file));
    const { imageBase } = found.input;
    const base = imageBase === '' ? {} : await readBase(file, imageBase);
    return { case: found, file, input: found.input, base };
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const unfit = new StateliteError('ERR_STATELITE_USAGE', cause.message, { cause });
    return { file, unfit };
  }
}

function nameOf(file: string): string {
  return basename(file, '.json');
}

/** An image tree is looked for beside the directory of the case, then beside the recorded cases. */
async function readBase(file: string, name: string): Promise<GivenTree> {
  if (name !== basename(name)) {
    throw new StateliteError('ERR_STATELITE_USAGE', `image_base ${name} is no file name`);
  }
  const directories = [join(dirname(file), '../images'), join(recorded, 'images')];
  for (const directory of directories) {
    const place = join(directory, `${nameOf(name)}.json`);
    try {
      return await inFile(place, async () =>
        tree({ value: await readJson(place), where: 'the image' }),
      );
    } catch (error) {
      if (!(error instanceof Error) || !hasCode(error.cause, 'ENOENT', 'ENOTDIR')) throw error;
    }
  }
  throw new StateliteError(
    'ERR_STATELITE_USAGE',
    `there is no image_base ${name} in ${directories.join(' or ')}`,
  );
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'));
}

/** Whatever is wrong with a file is said with its name. */
async function inFile<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new StateliteError('ERR_STATELITE_USAGE', `${file}: ${cause.message}`, { cause });
  }
}

/** The differences that have a reason: expected.json, beside this file. */
export async function readExplanations(): Promise<Explanation[]> {
  const file = join(import.meta.dirname, 'expected.json');
  return inFile(file, async () => decodeExplanations(await readJson(file)));
}

/** Runs the cases, as many at a time as there are processors, and gives their results in order. */
export async function* runCases(
  cases: readonly (ReadCase | UnfitCase)[],
  explanations: readonly Explanation[],
  signal: AbortSignal,
): AsyncGenerator<Result> {
  const running: Promise<Result>[] = [];
  for (const one of cases) {
    const before = running.at(-availableParallelism());
    const result = Promise.resolve(before).then(() =>
      'unfit' in one
        ? failed(nameOf(one.file), one.file, one.unfit)
        : runCase(one, explanations, signal),
    );
    result.catch(() => {}); // whoever awaits it hears of it
    running.push(result);
  }
  for (const result of running) yield await result;
}

async function runCase(
  { case: { id, observed }, file, input, base }: ReadCase,
  explanations: readonly Explanation[],
  signal: AbortSignal,
): Promise<Result> {
  try {
    const run = await startCase({ input, base }, signal);
    const outcome = present(id, run);
    if (observed === null) return { file, outcome, found: null };
    const notes = run.liteimg.map(({ save, stockSave }) => ({
      ours: entriesOf(save),
      expected: stockSave,
    }));
    const differences = compare(outcome, observed.value, notes);
    return { file, outcome, found: explain(id, differences, explanations) };
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    return failed(id, file, error);
  }
}

function failed(id: string, file: string, { code, message }: StateliteError): Result {
  return { file, outcome: { id, liteimg: [], boots: [], error: { code, message } }, found: [] };
}

/**
 * What makes the suite fail: cases that could not be run, differences without a reason, reasons for
 * more or fewer differences than there are. A reason for every case counts only if all were run.
 */
export function problemsOf(
  results: readonly Result[],
  explanations: readonly Explanation[],
  isWhole: boolean,
): string[] {
  const uses = new Map<Explanation, number>();
  for (const { explanation } of results.flatMap(({ found }) => found ?? [])) {
    if (explanation !== undefined) uses.set(explanation, (uses.get(explanation) ?? 0) + 1);
  }
  const compared = results.filter(({ found }) => found !== null);
  const runs = new Map(
    [...Map.groupBy(compared, ({ outcome }) => outcome.id)].map(([id, { length }]) => [id, length]),
  );
  const misfits = explanations.filter((one) => {
    const found = uses.get(one) ?? 0;
    if (one.differences === undefined) return isWhole && found === 0;
    return found !== one.differences * (runs.get(one.case) ?? 0);
  });
  return [
    ...results.flatMap(({ file, outcome, found }) => {
      if (outcome.error !== undefined) return [`${file}: ${outcome.error.message}`];
      const count = found?.filter(({ explanation }) => explanation === undefined).length ?? 0;
      return count === 0 ? [] : [`${file}: ${count} unexplained`];
    }),
    ...misfits.map((one) => {
      const { id, differences = 'some' } = one;
      return `expected.json: ${id} explains ${uses.get(one) ?? 0} differences, not ${differences}`;
    }),
  ];
}
