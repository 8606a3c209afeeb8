import { tableProblems } from '../core/table-problems.ts';
import type { Rows } from '../db/store.ts';
import { tables } from '../db/tables.ts';

/** What is wrong with the litefile rows together, as they are at this point of a transaction. */
export async function litefileProblems(rows: Pick<Rows, 'select'>): Promise<string[]> {
  return tableProblems({
    litefile: await rows.select(tables.litefile),
    osimage: await rows.select(tables.osimage),
  });
}

/** Does some change, and says what is wrong with the litefile rows after it that was not before. */
export async function withNewProblems<T>(
  rows: Pick<Rows, 'select'>,
  change: () => Promise<T>,
): Promise<{ changed: T; problems: string[] }> {
  const before = new Set(await litefileProblems(rows));
  const changed = await change();
  const after = await litefileProblems(rows);
  return { changed, problems: after.filter((problem) => !before.has(problem)) };
}
