import { hasCode } from '../../agent/errors.ts';
import { parsePath } from '../../agent/rules/path.ts';
import type { TableRows } from '../db/tables.ts';
import { imageRows } from '../core/rows-for.ts';

/** A litefile row of a path that says nothing of this image. */
export interface OtherRow {
  readonly image: string;
  readonly file: string;
  readonly options: string;
}

/** The enabled rows of paths that do not apply to an image, in table order (semantics 1.1). */
export function otherRows(
  paths: readonly string[],
  image: string,
  rows: Pick<TableRows, 'litefile' | 'osimage'>,
): OtherRow[] {
  return rows.litefile
    .filter((row) => {
      const only = { ...rows, litefile: [row], litetree: [], linuximage: [] };
      return paths.includes(pathOf(row.file)) && imageRows(only)(image).litefile.length === 0;
    })
    .map((row) => ({ image: row.image, file: row.file, options: row.options ?? '' }));
}

function pathOf(file: string): string {
  try {
    return parsePath(file).path;
  } catch (error) {
    if (hasCode(error, 'ERR_STATELITE_ROW')) return file; // another image's trouble
    throw error;
  }
}
