import { parseOptions } from '../../agent/rules/options.ts';
import { mtab } from '../../agent/rules/row.ts';

/** A litefile row as the table has it. */
export interface LitefileText {
  readonly image: string;
  readonly file: string;
  readonly options: string | null;
}

/** The rows that stock xCAT takes for an image, by their literal file. */
export type StockFiles = ReadonlyMap<string, LitefileText>;

/** The words that xCAT's liteimg knows, in its one order. */
const stockWords: ReadonlySet<string> = new Set([
  'tmpfs',
  'rw',
  'tmpfs,rw',
  'persistent',
  'localdisk',
  'ro',
  'con',
  'link',
  'link,persistent',
  'link,ro',
  'link,con',
]);

/** What stock xCAT's litefile command merges for an image (mgmt QUIRK-2, 16 and 17). */
export function stockFilesOf(
  image: string,
  groups: string | null,
  rows: readonly LitefileText[],
): StockFiles {
  // Later ones replace earlier ones; a blank image is in none of them.
  const order = [groups ?? '', 'ALL', image].filter((name) => name !== '');
  const files = new Map<string, LitefileText>();
  for (const name of order) {
    for (const row of rows) if (row.image === name) files.set(row.file, row);
  }
  return files;
}

/** What the option means to xCAT's liteimg; undefined if it refuses it. Blank is a link there too. */
export function stockOption({ file, options }: LitefileText): string | undefined {
  if (file === mtab) return 'link';
  const words = options ?? '';
  return words === '' || stockWords.has(words) ? parseOptions(file, words) : undefined;
}
