import { StateliteError } from '../errors.ts';
import type { LitefileRow } from '../protocol/answer.ts';
import { checkFamily, parentIn } from './family.ts';
import { isConcatenated, type Option, storeOf } from './options.ts';
import { ancestors, below, depth, isBelow, isRuntime, reservedFor } from './path.ts';
import { mtab, refuseConcatenatedDirectory } from './row.ts';
import type { Saved } from './save.ts';
import { selectRows, type Winner, winnerOf } from './select.ts';
import { forEach, type View } from './view.ts';
import { plantedOriginal, resolve, type Resolved, walkListed, type Walked } from './walk.ts';

/** One listed path of an image, decided: what a row means there (semantics 1). */
export interface Entry {
  /** Canonical: free of unlisted links. */
  readonly path: string;
  readonly written: string;
  readonly option: Option;
  readonly type: 'file' | 'dir';
  /** Where the image has it before liteimg, or undefined if it does not. */
  readonly original: string | undefined;
  readonly row: Winner;
  /** The implicit /etc/mtab: its copy is a symlink to /proc/self/mounts (1.6). */
  readonly mtab: boolean;
}

export interface Entries {
  /** By canonical path, parents before children. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Rows that need no entry, with the place in /run, /proc, /sys or /dev they lead to (1.5). */
  readonly leftAlone: readonly { readonly written: string; readonly place: string }[];
  /** The listed directory in whose copy /etc/mtab becomes a symlink, if any (1.6). */
  readonly mtabInCopyOf: string | undefined;
}

/**
 * Rows of one image to entries (semantics 1): winners, canonical paths, types, refused
 * combinations. Throws ERR_STATELITE_ROW, _TABLE or _PATH naming the rows.
 */
export function entriesOf(rows: readonly LitefileRow[], image: View, saved: Saved): Entries {
  const winners = selectRows(rows);
  const listed = winners.filter(({ path }) => path !== mtab);
  const byPlace = Map.groupBy(locate(listed, image, saved), ({ canonical }) => canonical);
  const behindLinks = (byPlace.get(mtab) ?? []).map(({ row }) => row);
  const [writtenMtab] = [...winners.filter(({ path }) => path === mtab), ...behindLinks];
  byPlace.delete(mtab);

  const all = [...byPlace.values()].map(onePlace);
  const leftAlone = all.filter(isLeftAlone);
  const places = all.filter((one) => !isLeftAlone(one));
  for (const { row, original } of leftAlone) refuseKeptRuntime(row, original);
  for (const { canonical, row } of places) refuseReserved(canonical, row);
  checkFamily(new Map(places.map(({ canonical: path, row }) => [path, { ...row, path }])));

  const parents = new Set(places.flatMap(({ canonical }) => [...ancestors(canonical)]));
  const entries = places
    .map((one) => decideEntry(one, parents.has(one.canonical), saved))
    .toSorted((a, b) => depth(a.path) - depth(b.path) || (a.path < b.path ? -1 : 1));
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const mtabInCopyOf = addMtab(byPath, writtenMtab, image);
  return {
    entries: byPath,
    leftAlone: leftAlone.map(({ row, original }) => ({
      written: row.written,
      place: original.path,
    })),
    mtabInCopyOf,
  };
}

interface Placed extends Walked {
  readonly row: Winner;
}

/** Canonical paths of all rows; which links count as listed depends on them, so until it is stable. */
function locate(winners: readonly Winner[], image: View, saved: Saved): Placed[] {
  let listed = new Set([...winners.map(({ path }) => path), ...saved.entries.keys()]);
  for (let round = 0; round < 10; round += 1) {
    const known = listed;
    const placed = forEach(winners, (row) => ({
      row,
      ...walkListed(image, row.path, (path) => known.has(path)),
    }));
    const next = new Set([...placed.map(({ canonical }) => canonical), ...saved.entries.keys()]);
    if (next.size === listed.size && listed.isSubsetOf(next)) return placed;
    listed = next;
  }
  throw new StateliteError(
    'ERR_STATELITE_TABLE',
    'the listed links of the image lead into each other',
    {
      hint: 'list the directories that the links lead to instead of the links',
    },
  );
}

function isLeftAlone({ canonical, original }: Placed): boolean {
  return isRuntime(canonical) || isRuntime(original.path);
}

function refuseKeptRuntime(row: Winner, original: Resolved): void {
  const store = storeOf(row.option);
  if (store !== 'persistent' && store !== 'localdisk') return;
  throw new StateliteError(
    'ERR_STATELITE_TABLE',
    `${JSON.stringify(row.written)} cannot be ${row.option}: it leads to ${original.path}, which is made anew at every boot`,
    { hint: 'list the place where the data is kept, or make the row tmpfs' },
  );
}

/** Two written paths that are one place are treated as two rows for one path (semantics 1.5). */
function onePlace(placed: readonly Placed[]): Placed {
  const [first] = placed;
  if (first === undefined) throw new Error('no row for a place');
  const rows = placed.map(({ row }) => row);
  const winner = winnerOf(rows);
  const beaten = [...rows.flatMap(({ lost }) => lost), ...winner.lost];
  return { ...first, row: { ...winner, lost: beaten } };
}

function refuseReserved(path: string, { written }: Winner): void {
  const taken = reservedFor(path);
  if (taken === undefined) return;
  throw new StateliteError(
    'ERR_STATELITE_PATH',
    `the listed path ${JSON.stringify(written)} leads to ${path}, and ${taken} belongs to statelite`,
    { hint: 'list another path, or repair the link in the image' },
  );
}

/** Type and original of one place (semantics 1.3, 1.5). */
function decideEntry(placed: Placed, isParent: boolean, saved: Saved): Entry {
  const { canonical: path, row, original } = placed;
  const wantsDirectory = row.directory || isParent;
  const found = originalType(placed, wantsDirectory, saved);
  if (wantsDirectory && found === 'file') {
    throw new StateliteError(
      'ERR_STATELITE_TABLE',
      `${JSON.stringify(row.written)} is listed as a directory, but is a file in the image`,
      { hint: row.directory ? 'remove the trailing slash' : 'remove the rows below it' },
    );
  }
  const type = wantsDirectory ? 'dir' : (found ?? 'file');
  if (type === 'dir' && isConcatenated(row.option)) refuseConcatenatedDirectory(row.written);
  return {
    path,
    written: row.written,
    option: row.option,
    type,
    original: found === undefined ? undefined : original.path,
    row,
    mtab: false,
  };
}

/** What the image has there, not counting what liteimg made for another type of row. */
function originalType(
  { canonical, real, original: { fact, path: place, links } }: Placed,
  wantsDirectory: boolean,
  saved: Saved,
): 'file' | 'dir' | undefined {
  const recorded = saved.entries.get(canonical)?.type;
  if (recorded === 'file' && wantsDirectory && saved.made.has(canonical)) return undefined;
  if (recorded !== undefined) return recorded;
  if (fact.type === 'missing') return undefined;
  const leadsAbove = links > 0 && isBelow(real, place);
  return leadsAbove ? undefined : fact.type;
}

/** Adds the implicit entry, or tells in whose copy the symlink belongs (semantics 1.6). */
function addMtab(
  entries: Map<string, Entry>,
  written: Winner | undefined,
  image: View,
): string | undefined {
  const isRegular = standsAsFile(image);
  if (!isRegular && written === undefined) return undefined;
  const parent = parentIn(entries, mtab);
  if (parent !== undefined) return parent.path;
  if (!isRegular) return undefined;
  const implicit = { written: mtab, path: mtab, directory: false, option: 'link' } as const;
  entries.set(mtab, {
    path: mtab,
    written: mtab,
    option: 'link',
    type: 'file',
    original: mtab,
    row: written ?? { ...implicit, specificity: 'blank', lost: [] },
    mtab: true,
  });
  return undefined;
}

function standsAsFile(image: View): boolean {
  const etc = resolve(image, '/etc', plantedOriginal);
  if ('blocked' in etc || etc.fact.type !== 'dir') return false;
  const fact = image.at(below(etc.path, 'mtab'));
  if (fact.type === 'link') return plantedOriginal(mtab, fact.target) !== undefined;
  return fact.type === 'file' && fact.regular;
}
