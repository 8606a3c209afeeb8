import { namesIn, namingTables, warningsOf } from '../core/row-warnings.ts';
import type { Rows } from '../db/store.ts';
import { tables } from '../db/tables.ts';

type Text = Readonly<Record<string, string | null>>;

/**
 * The warnings of rows that were written into a table, each once, as things are at this point of a
 * transaction: ask after the last change, log after the commit.
 */
export async function rowWarnings(
  rows: Pick<Rows, 'select'>,
  table: string,
  written: readonly Text[],
): Promise<string[]> {
  const naming = namingTables(table);
  const names = namesIn({
    osimage: naming.includes('osimage') ? await rows.select(tables.osimage) : [],
    nodelist: naming.includes('nodelist') ? await rows.select(tables.nodelist) : [],
    nodegroup: naming.includes('nodegroup') ? await rows.select(tables.nodegroup) : [],
  });
  return [...new Set(written.flatMap((row) => warningsOf(table, row, names)))];
}
