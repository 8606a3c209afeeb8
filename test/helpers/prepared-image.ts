import type { LitefileRow } from '../../agent/protocol/answer.ts';
import { type Entry, entriesOf } from '../../agent/rules/entries.ts';
import { isLink } from '../../agent/rules/options.ts';
import { ancestors, isWithin } from '../../agent/rules/path.ts';
import { isPlanted, nothingSaved, type Saved, type SavedEntry } from '../../agent/rules/save.ts';
import { type MemoryTree, memoryView, withParents } from './views.ts';

export interface Prepared {
  readonly image: MemoryTree;
  readonly saved: Saved;
}

/**
 * What liteimg leaves of an image (semantics 4.1-4.3), in memory: a model for tests of the node's
 * side, which need a prepared image without the program that prepares it.
 */
export function preparedImage(rows: readonly LitefileRow[], raw: MemoryTree): Prepared {
  const { entries } = entriesOf(rows, memoryView(raw), nothingSaved);
  const objects = withParents(raw);
  const image = new Map([...objects, ...reservedDirectories]);
  const made = new Map<string, 'file' | 'dir'>();
  const saved: Saved = { entries: savedEntries(entries), made };
  for (const entry of entries.values()) {
    const pristine = `/.default${entry.path}`;
    remove(image, pristine);
    ensureAbove(image, pristine);
    if (entry.original === undefined) {
      image.set(pristine, empty(entry));
      for (const above of ancestors(entry.path)) if (!objects.has(above)) made.set(above, 'dir');
      made.set(entry.path, entry.type);
    } else {
      for (const [path, content] of subtree(objects, entry.original)) {
        image.set(pristine + path, content);
      }
    }
  }
  for (const entry of entries.values()) place(entry, image, saved);
  return { image: Object.fromEntries(image), saved };
}

const reservedDirectories = ['/.default', '/.default.links', '/.statelite', '/.sllocal/localmnt']
  .flatMap((path) => [...ancestors(path), path])
  .map((path): [string, string] => [path, 'dir']);

function savedEntries(entries: ReadonlyMap<string, Entry>): Map<string, SavedEntry> {
  return new Map(
    [...entries.values()].map(({ path, type, option }) => [path, { path, type, option }]),
  );
}

/** The planted link or the mount point; below a planted link there is nothing to do (4.3). */
function place(entry: Entry, image: Map<string, string>, saved: Saved): void {
  const { path } = entry;
  const plantedAbove = [...ancestors(path)].some((above) => isPlanted(saved, above));
  if (plantedAbove) return;
  const present = image.get(path);
  const isKeptAbove = [...ancestors(path)].some((above) =>
    image.get(`/.default.links${above}`)?.startsWith('-> '),
  );
  if (present?.startsWith('-> ') === true && !isKeptAbove) {
    ensureAbove(image, `/.default.links${path}`);
    image.set(`/.default.links${path}`, present);
  }
  if (isLink(entry.option)) {
    remove(image, path);
    ensureAbove(image, path);
    image.set(path, `-> ${'../'.repeat(path.split('/').length - 2)}.statelite/tmpfs${path}`);
    return;
  }
  if (present === undefined || present.startsWith('-> ')) {
    ensureAbove(image, path);
    image.set(path, empty(entry));
  }
}

function empty({ type }: Entry): string {
  return type === 'dir' ? 'dir' : '';
}

function remove(image: Map<string, string>, path: string): void {
  for (const other of image.keys()) if (isWithin(other, path)) image.delete(other);
}

function ensureAbove(image: Map<string, string>, path: string): void {
  for (const above of ancestors(path)) if (!image.has(above)) image.set(above, 'dir');
}

/** The objects at and below a path, by their path from there. */
function subtree(image: ReadonlyMap<string, string>, top: string): [string, string][] {
  return [...image]
    .filter(([path]) => isWithin(path, top))
    .map(([path, content]) => [path.slice(top.length), content]);
}
