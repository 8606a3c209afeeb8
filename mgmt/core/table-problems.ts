import { hasCode } from '../../agent/errors.ts';
import { refusedPairs } from '../../agent/rules/family.ts';
import { mtab } from '../../agent/rules/row.ts';
import { selectRows } from '../../agent/rules/select.ts';
import type { TableRows } from '../db/tables.ts';
import { isEnabled } from './cluster.ts';
import { splitList } from './list.ts';
import { imageRows } from './rows-for.ts';

/** Stands for an image that no row names. */
const anyImage = '(any)';

/**
 * What is wrong with the litefile rows together, for any image: rows for one path that disagree
 * (semantics 1.1), parents and children that cannot be (3.4). Each once, in words.
 */
export function tableProblems(rows: Pick<TableRows, 'litefile' | 'osimage'>): string[] {
  const litefile = rows.litefile.filter(isEnabled);
  const osimage = rows.osimage.filter(isEnabled);
  const rowsFor = imageRows({ litefile, osimage, litetree: [], linuximage: [] });
  const groups = new Set(['', 'ALL', ...osimage.flatMap((image) => splitList(image.groups))]);
  const images = new Set([
    anyImage,
    ...osimage.map(({ imagename }) => imagename),
    ...litefile.map(({ image }) => image).filter((image) => !groups.has(image)),
  ]);
  return [...new Set([...images].flatMap((image) => problemsOf(rowsFor(image).litefile)))];
}

function problemsOf(rows: Parameters<typeof selectRows>[0]): string[] {
  try {
    const winners = selectRows(rows).filter(({ path }) => path !== mtab); // never refused (1.6)
    return refusedPairs(new Map(winners.map((winner) => [winner.path, winner])));
  } catch (error) {
    if (!hasCode(error, 'ERR_STATELITE_TABLE', 'ERR_STATELITE_ROW')) throw error;
    return [error.message];
  }
}
