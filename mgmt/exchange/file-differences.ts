import { hasCode } from '../../agent/errors.ts';
import type { LitefileRow, Specificity } from '../../agent/protocol/answer.ts';
import { refusedPairs, parentIn } from '../../agent/rules/family.ts';
import { parsePath } from '../../agent/rules/path.ts';
import { mtab, parseRow } from '../../agent/rules/row.ts';
import { type RankedRow, type Winner, winnerOf } from '../../agent/rules/select.ts';
import type { Cluster } from '../core/cluster.ts';
import { splitList } from '../core/list.ts';
import { servedOtherwise } from './served-otherwise.ts';
import type { Finding, Reason } from './finding.ts';
import { stockFamily, stockMtab } from './stock-family.ts';
import { type LitefileText, stockFilesOf, stockOption } from './stock-litefile.ts';

/** A path as it is resolved here: the row that counts, or why there is none. */
type Here = { readonly winner: Winner } | { readonly refused: string };

/**
 * The litefile paths of an image that come out otherwise on stock xCAT, as far as the tables tell:
 * which row counts, what it means, what liteimg and the node make of it. A path that another row
 * serves there is not looked at further.
 */
export function fileDifferences(image: string, cluster: Cluster): Finding[] {
  const groups = cluster.rows.osimage.find(({ imagename }) => imagename === image)?.groups ?? null;
  const stock = stockFilesOf(image, groups, cluster.rows.litefile);
  const stockPaths = Map.groupBy(stock.values(), ({ file }) => pathOf(file));
  const here = resolved(cluster.rowsFor(image).litefile);
  const paths = new Set([...here.keys(), ...stockPaths.keys()]);
  const chosen = [...paths].flatMap((path) =>
    selection(path, here.get(path), stockPaths.get(path) ?? [], groups),
  );
  const differing = new Set(chosen.map(({ subject }) => subject));
  const winners = new Map(
    [...here].flatMap(([path, one]) => ('winner' in one ? [[path, one.winner] as const] : [])),
  );
  const trees = cluster.rowsFor(image).litetree.length > 0;
  return [
    ...chosen,
    ...familyFindings(winners, new Set(stock.keys())),
    ...servedOtherwise(winners, groups ?? '', trees).filter(
      ({ subject }) => !differing.has(subject),
    ),
  ];
}

function resolved(rows: readonly LitefileRow[]): Map<string, Here> {
  const byPath = new Map<string, RankedRow[]>();
  const found = new Map<string, Here>();
  for (const row of rows) {
    const path = pathOf(row.file);
    if (path === mtab) continue; // a written row for it means the same, here and there
    try {
      const ranked = { ...parseRow(row), specificity: row.specificity };
      byPath.set(path, [...(byPath.get(path) ?? []), ranked]);
    } catch (error) {
      if (!hasCode(error, 'ERR_STATELITE_ROW')) throw error;
      found.set(path, { refused: error.message });
    }
  }
  for (const [path, all] of byPath) found.set(path, choose(all));
  return found;
}

function choose(rows: readonly RankedRow[]): Here {
  try {
    return { winner: winnerOf(rows) };
  } catch (error) {
    if (!hasCode(error, 'ERR_STATELITE_TABLE')) throw error;
    return { refused: error.message };
  }
}

/** Which row counts for a path, and what its words mean. */
function selection(
  path: string,
  here: Here | undefined,
  stock: readonly LitefileText[],
  groups: string | null,
): Finding[] {
  if (path === mtab) return [];
  const winner = here !== undefined && 'winner' in here ? here.winner : undefined;
  const [only, ...others] = stock;
  const isSame = only !== undefined && others.length === 0 && winner?.option === stockOption(only);
  if (isSame && winner !== undefined) return [];
  const known = selectionReasons(winner, stock, groups);
  const unknown = here !== undefined && 'refused' in here ? refusedHere : blanksCount;
  return [
    {
      subject: path,
      here: hereText(here),
      stock: stock.length === 0 ? 'not listed' : stock.map(stockText).join(' and '),
      reasons: known.length === 0 ? [unknown] : known,
    },
  ];
}

const refusedHere: Reason = {
  quirk: undefined,
  says: 'xCAT does not look whether rows agree',
};

function selectionReasons(
  winner: Winner | undefined,
  stock: readonly LitefileText[],
  groups: string | null,
): Reason[] {
  const specificities: readonly (Specificity | undefined)[] =
    winner === undefined ? [] : [winner.specificity, ...winner.lost.map((row) => row.specificity)];
  const severalGroups = splitList(groups).length > 1;
  const isStock = (name: string) => stock.some(({ image }) => image === name);
  const facts: readonly (readonly [boolean, Reason])[] = [
    [winner?.specificity === 'blank', ignoresBlank],
    [severalGroups && (winner?.specificity === 'group' || isStock(groups ?? '')), wholeGroups],
    [winner?.specificity === 'group' && specificities.includes('ALL'), allFirst],
    [stock.some((row) => stockOption(row) === undefined), unknownOption],
    [new Set(stock.map(({ file }) => file)).size > 1, twoPaths],
  ];
  return facts.flatMap(([holds, reason]) => (holds ? [reason] : []));
}

const ignoresBlank: Reason = {
  quirk: 'mgmt QUIRK-2',
  says: 'xCAT ignores litefile rows whose image is blank',
};
const wholeGroups: Reason = {
  quirk: 'mgmt QUIRK-16',
  says: 'xCAT takes osimage.groups for one name, also with commas in it',
};
const allFirst: Reason = {
  quirk: 'mgmt QUIRK-17',
  says: 'xCAT prefers the row for ALL to that of a group',
};
const unknownOption: Reason = {
  quirk: undefined,
  says: "xCAT's liteimg knows no such option, and no other order of the words",
};
const twoPaths: Reason = {
  quirk: undefined,
  says: 'with and without a slash at the end are two paths to xCAT',
};
const blanksCount: Reason = {
  quirk: undefined,
  says: 'to xCAT blanks around the name of an image are part of it',
};

/** Refused here and not there, or the other way round. */
function familyFindings(
  winners: ReadonlyMap<string, Winner>,
  listed: ReadonlySet<string>,
): Finding[] {
  return [...winners.values()].flatMap((child): Finding[] => {
    const found: Finding[] = [];
    const mtabReason = listed.has(`${child.path}/`)
      ? stockMtab(child.path, child.option)
      : undefined;
    if (mtabReason !== undefined) {
      const { path: subject, option: here } = child;
      found.push({ subject, here, stock: 'refused by liteimg', reasons: [mtabReason] });
    }
    const parent = parentIn(winners, child.path);
    // What xCAT does not list at all is told where rows are selected.
    const isListed = ({ path }: Winner) => listed.has(path) || listed.has(`${path}/`);
    if (parent === undefined || !isListed(parent) || !isListed(child)) return found;
    const pair = new Map([parent, child].map((one) => [one.path, one]));
    const isRefused = refusedPairs(pair).length > 0;
    const { refused, reason } = stockFamily(child, parent, listed);
    if (isRefused === refused) return found;
    const below = `${child.option} below ${parent.path}/ (${parent.option})`;
    const [here, stock] = isRefused ? ['refused', `taken`] : [below, 'refused by liteimg'];
    const subject = isRefused ? `${child.path} (${below})` : child.path;
    return [...found, { subject, here, stock, reasons: [reason] }];
  });
}

function pathOf(file: string): string {
  try {
    return parsePath(file).path;
  } catch (error) {
    if (hasCode(error, 'ERR_STATELITE_ROW')) return file;
    throw error;
  }
}

const whose: Readonly<Record<Specificity, string>> = {
  image: 'row of the image',
  group: 'row of a group',
  ALL: 'row for ALL',
  blank: 'row for any image',
};

function hereText(here: Here | undefined): string {
  if (here === undefined) return 'not listed';
  if ('refused' in here) return `refused (${here.refused})`;
  return `${here.winner.option} (${whose[here.winner.specificity]})`;
}

function stockText(row: LitefileText): string {
  const option = stockOption(row) ?? `${row.options}, refused by liteimg`;
  return `${option} (row for ${row.image})`;
}
