import { hasCode } from '../../agent/errors.ts';
import { parseLocation } from '../../agent/protocol/location.ts';
import { refusedPairs } from '../../agent/rules/family.ts';
import { isWithin } from '../../agent/rules/path.ts';
import { mtab } from '../../agent/rules/row.ts';
import { selectRows, type Winner } from '../../agent/rules/select.ts';
import type { TableRows } from '../db/tables.ts';
import { isEnabled } from './cluster.ts';
import { splitList } from './list.ts';
import { type ImageRows, imageRows } from './rows-for.ts';

/** Stands for an image that no row names. */
const anyImage = '(any)';

/**
 * What is wrong with the litefile rows together, for any image: rows for one path that disagree
 * (semantics 1.1), parents and children that cannot be (3.4). Each once, in words.
 */
export function tableProblems(rows: Pick<TableRows, 'litefile' | 'osimage'>): string[] {
  return forEachImage({ ...rows, litetree: [] }, ({ litefile }) =>
    refusedPairs(new Map(winnersOf(litefile).map((winner) => [winner.path, winner]))),
  );
}

/**
 * Directories of the image in litetree that overlap a listed path, for any image (semantics 1.7).
 * Only by their names: where links of the image lead is for nodeset to see.
 */
export function treeProblems(rows: Pick<TableRows, 'litefile' | 'litetree' | 'osimage'>): string[] {
  return forEachImage(rows, ({ litefile, litetree }) => {
    const local = litetree.flatMap(({ directory }) => localDirectory(directory) ?? []);
    if (local.length === 0) return [];
    return winnersOf(litefile).flatMap(({ path, written }) =>
      local
        .filter((directory) => isWithin(path, directory) || isWithin(directory, path))
        .map(
          (directory) =>
            `the litetree directory ${directory} of the image and the listed path ${JSON.stringify(written)} overlap`,
        ),
    );
  });
}

function forEachImage(
  rows: Pick<TableRows, 'litefile' | 'litetree' | 'osimage'>,
  problems: (rows: Pick<ImageRows, 'litefile' | 'litetree'>) => string[],
): string[] {
  const litefile = rows.litefile.filter(isEnabled);
  const litetree = rows.litetree.filter(isEnabled);
  const osimage = rows.osimage.filter(isEnabled);
  const rowsFor = imageRows({ litefile, osimage, litetree, linuximage: [] });
  const groups = new Set(['', 'ALL', ...osimage.flatMap((image) => splitList(image.groups))]);
  const images = new Set([
    anyImage,
    ...osimage.map(({ imagename }) => imagename),
    ...[...litefile, ...litetree].map(({ image }) => image).filter((image) => !groups.has(image)),
  ]);
  return [...new Set([...images].flatMap((image) => problemsOf(() => problems(rowsFor(image)))))];
}

/** The rows that count, without that of mtab, which never causes a refusal (semantics 1.6). */
function winnersOf(rows: Parameters<typeof selectRows>[0]): Winner[] {
  return selectRows(rows).filter(({ path }) => path !== mtab);
}

/** Undefined for a server's directory, and for one that only a node's values complete. */
function localDirectory(text: string): string | undefined {
  if (/[$#]/u.test(text)) return undefined;
  const { server, directory } = parseLocation(text);
  return server === undefined ? directory : undefined;
}

function problemsOf(find: () => string[]): string[] {
  try {
    return find();
  } catch (error) {
    if (!hasCode(error, 'ERR_STATELITE_TABLE', 'ERR_STATELITE_ROW')) throw error;
    return [error.message];
  }
}
