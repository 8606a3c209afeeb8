import { StateliteError } from '../errors.ts';
import type { LitefileRow } from '../protocol/answer.ts';
import { checkFamily, parentIn } from './family.ts';
import { isConcatenated, type Option, storeOf } from './options.ts';
import { type MtabPlace, mtabPlace } from './mtab.ts';
import { ancestors, depth, isBelow, isRuntime, reservedFor } from './path.ts';
import { mtab, refuseConcatenatedDirectory } from './row.ts';
import type { Saved } from './save.ts';
import { type RankedRow, rankRows, type Winner, winnerOf } from './select.ts';
import { forEach, type View } from './view.ts';
import { walkListed, type Walked } from './walk.ts';

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
  readonly mtabInCopy: { readonly parent: string; readonly path: string } | undefined;
}

/**
 * Rows of one image to entries (semantics 1): winners, canonical paths, types, refused
 * combinations. Throws ERR_STATELITE_ROW, _TABLE or _PATH naming the rows.
 */
export function entriesOf(rows: readonly LitefileRow[], image: View, saved: Saved): Entries {
  const ranked = rankRows(rows);
  const listed = ranked.filter(({ path }) => path !== mtab);
  const placed = locate(listed, image, saved);
  const byPlace = Map.groupBy(placed, ({ canonical }) => canonical);
  const isListed = (path: string) => byPlace.has(path) || saved.entries.has(path);
  const mtabAt = mtabPlace(image, isListed) ?? { path: mtab, isRegular: false };
  const behindLinks = byPlace.get(mtabAt.path) ?? [];
  const mtabRows = [...ranked.filter(({ path }) => path === mtab), ...behindLinks];
  byPlace.delete(mtabAt.path);

  const all = [...byPlace.values()].map(winnerOf);
  const leftAlone = all.filter(isLeftAlone);
  const places = all.filter((one) => !isLeftAlone(one));
  for (const one of leftAlone) refuseKeptRuntime(one);
  for (const one of places) refuseReserved(one);
  checkFamily(new Map(places.map((one) => [one.canonical, { ...one, path: one.canonical }])));

  const parents = new Set(places.flatMap(({ canonical }) => [...ancestors(canonical)]));
  const entries = places
    .map((one) => decideEntry(one, parents.has(one.canonical), saved))
    .toSorted((a, b) => depth(a.path) - depth(b.path) || (a.path < b.path ? -1 : 1));
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const mtabInCopy = addMtab(byPath, mtabRows, mtabAt);
  return {
    entries: byPath,
    leftAlone: leftAlone.map(({ written, original }) => ({ written, place: original.path })),
    mtabInCopy,
  };
}

type Placed = RankedRow & Walked;

/** Canonical paths of all rows; which links count as listed depends on them, so until it is stable. */
function locate(rows: readonly RankedRow[], image: View, saved: Saved): Placed[] {
  // What liteimg made for rows of before is no obstacle: its next run takes it away (5.5).
  const isMadeFile = (path: string) => saved.made.get(path) === 'file';
  let listed = new Set([...rows.map(({ path }) => path), ...saved.entries.keys()]);
  for (let round = 0; round < 10; round += 1) {
    const known = listed;
    const placed = forEach(rows, (row) => ({
      ...row,
      ...walkListed(image, row.path, (path) => known.has(path), isMadeFile),
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

function refuseKeptRuntime({ written, option, original }: Placed): void {
  const store = storeOf(option);
  if (store !== 'persistent' && store !== 'localdisk') return;
  throw new StateliteError(
    'ERR_STATELITE_TABLE',
    `${JSON.stringify(written)} cannot be ${option}: it leads to ${original.path}, which is made anew at every boot`,
    { hint: 'list the place where the data is kept, or make the row tmpfs' },
  );
}

function refuseReserved({ canonical, written }: Placed): void {
  const taken = reservedFor(canonical);
  if (taken === undefined) return;
  throw new StateliteError(
    'ERR_STATELITE_PATH',
    `the listed path ${JSON.stringify(written)} leads to ${canonical}, and ${taken} belongs to statelite`,
    { hint: 'list another path, or repair the link in the image' },
  );
}

/** Type and original of one place (semantics 1.3, 1.5). */
function decideEntry(row: Placed & Winner, isParent: boolean, saved: Saved): Entry {
  const { canonical: path, original } = row;
  const wantsDirectory = row.directory || isParent;
  const found = originalType(row, wantsDirectory, saved);
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
  { canonical, real, option, original: { fact, path: place, links } }: Placed,
  wantsDirectory: boolean,
  saved: Saved,
): 'file' | 'dir' | undefined {
  const recorded = saved.entries.get(canonical)?.type;
  const isAnother = recorded === (wantsDirectory ? 'file' : isConcatenated(option) ? 'dir' : '');
  if (isAnother && saved.made.has(canonical)) return undefined;
  if (recorded !== undefined) return recorded;
  if (fact.type === 'missing') return undefined;
  const leadsAbove = links > 0 && isBelow(real, place);
  return leadsAbove ? undefined : fact.type;
}

/** Adds the implicit entry, or tells in whose copy the symlink belongs (semantics 1.6). */
function addMtab(
  entries: Map<string, Entry>,
  written: readonly RankedRow[],
  { path, isRegular }: MtabPlace,
): Entries['mtabInCopy'] {
  const parent = parentIn(entries, path);
  if (parent !== undefined) return { parent: parent.path, path };
  if (!isRegular) return undefined;
  const implicit = { written: mtab, path, directory: false, option: 'link' } as const;
  const same = written.map((row) => ({ ...row, ...implicit, written: row.written }));
  const meant = same.length > 0 ? same : [{ ...implicit, specificity: 'blank' as const }];
  entries.set(path, {
    path,
    written: mtab,
    option: 'link',
    type: 'file',
    original: path,
    row: winnerOf(meant),
    mtab: true,
  });
  return undefined;
}
