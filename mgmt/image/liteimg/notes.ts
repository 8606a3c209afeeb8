import type { Entries, Entry } from '../../../agent/rules/entries.ts';
import { parentIn } from '../../../agent/rules/family.ts';
import { isLink, storeOf } from '../../../agent/rules/options.ts';

/** What an administrator should know about the entries of a table. */
export function notesOn({ entries, leftAlone }: Entries): string[] {
  return [
    ...leftAlone.map(
      ({ written, place }) =>
        `${written} is left alone: it leads to ${place}, which every node has of its own`,
    ),
    ...singleFiles([...entries.values()].filter((entry) => isMountedFile(entry, entries))),
  ];
}

/** A program that replaces a file by rename cannot do so where the file is a mount (semantics 3.7). */
function singleFiles([first, ...rest]: readonly Entry[]): string[] {
  if (first === undefined) return [];
  const who = rest.length === 0 ? 'is a single file' : `and ${rest.length} more are single files`;
  return [
    `${first.written} ${who} served by a bind mount: programs that replace a file by rename need its directory listed`,
  ];
}

/**
 * In the copy of a directory above it, an entry of the same store needs no mount (semantics 3.3);
 * nobody replaces what is read-only.
 */
function isMountedFile({ path, type, option }: Entry, entries: Entries['entries']): boolean {
  if (type !== 'file' || storeOf(option) === 'none') return false;
  const parent = parentIn(entries, path);
  return parent === undefined ? !isLink(option) : storeOf(parent.option) !== storeOf(option);
}
