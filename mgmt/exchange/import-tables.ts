import { tableProblems } from '../core/table-problems.ts';
import type { Store } from '../db/store.ts';
import type { TableRows } from '../db/tables.ts';
import type { GoodRows } from './check-rows.ts';
import { readTables } from '../db/read-tables.ts';

export interface ImportOptions {
  /** Keeps the rows that are there; of one key the file's columns are set. */
  readonly add: boolean;
  /** Writes although litefile rows do not fit together. */
  readonly despiteProblems: boolean;
  /** Does everything but the commit. */
  readonly dryRun: boolean;
}

/** What an import did, or would have done. */
export interface Imported {
  readonly committed: boolean;
  /** What is wrong with the litefile rows together (semantics 1.1, 3.4), that was not before. */
  readonly problems: readonly string[];
  /** Every table as it is with the import. */
  readonly rows: TableRows;
}

/**
 * Writes tables in one transaction. By default their rows replace what is there, as tabrestore
 * does; tables that are not given stay. Writes nothing if the litefile rows have problems. Throws
 * what the store throws, and then has written nothing either.
 */
export async function importTables(
  store: Pick<Store, 'transaction'>,
  given: readonly GoodRows[],
  options: ImportOptions,
): Promise<Imported> {
  let imported: Imported | undefined;
  try {
    await store.transaction(async (rows) => {
      const before = options.add ? tableProblems(await readTables(rows)) : [];
      for (const { table, rows: all } of given) {
        await (options.add ? rows.upsertAll(table, all) : rows.replaceAll(table, all));
      }
      const after = await readTables(rows);
      const problems = tableProblems(after).filter((problem) => !before.includes(problem));
      const committed = !options.dryRun && (problems.length === 0 || options.despiteProblems);
      imported = { committed, problems, rows: after };
      if (!committed) throw new NotCommitted();
    });
  } catch (error) {
    if (!(error instanceof NotCommitted)) throw error;
  }
  if (imported === undefined) throw new Error('the transaction was not carried out');
  return imported;
}

/** Ends a transaction whose work is to be undone. */
class NotCommitted extends Error {
  override readonly name = 'NotCommitted';
}
