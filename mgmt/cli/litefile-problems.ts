import { tableProblems, treeProblems } from '../core/table-problems.ts';
import type { Rows } from '../db/store.ts';
import { type TableName, tables } from '../db/tables.ts';

/** Tables whose rows together can be wrong. */
export const checkedTogether: readonly TableName[] = ['litefile', 'litetree', 'osimage'];

/**
 * What is wrong with the litefile and litetree rows together, as they are at this point of a
 * transaction (semantics 1.1, 1.7, 3.4).
 */
export async function litefileProblems(rows: Pick<Rows, 'select'>): Promise<string[]> {
  const all = {
    litefile: await rows.select(tables.litefile),
    litetree: await rows.select(tables.litetree),
    osimage: await rows.select(tables.osimage),
  };
  return [...new Set([...tableProblems(all), ...treeProblems(all)])];
}

/** Does some change, and says what is wrong with these rows after it that was not before. */
export async function withNewProblems<T>(
  rows: Pick<Rows, 'select'>,
  change: () => Promise<T>,
): Promise<{ changed: T; problems: string[] }> {
  const before = new Set(await litefileProblems(rows));
  const changed = await change();
  const after = await litefileProblems(rows);
  return { changed, problems: after.filter((problem) => !before.has(problem)) };
}
