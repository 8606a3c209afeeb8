import type { Entries, Entry } from '../../agent/rules/entries.ts';
import { isConcatenated, storeOf } from '../../agent/rules/options.ts';
import { isBelow } from '../../agent/rules/path.ts';
import { resolve } from '../../agent/rules/walk.ts';
import { type MemoryTree, memoryView, withParents } from './views.ts';

/** A file's text, `-> target`, or for a directory everything below it. */
export type Expected = string | Readonly<Record<string, string>>;

/**
 * What a node shows at an entry whose stores were empty, straight from semantics 2 and 3: an oracle
 * that knows nothing of plans and steps.
 */
export function expectedAt(
  entry: Entry,
  { entries }: Entries,
  image: MemoryTree,
  trees: readonly MemoryTree[],
): Expected {
  const found = trees.flatMap((tree) => hit(tree, entry.path, entry.type));
  const own = entry.original === undefined ? [] : [subtree(image, entry.original)];
  if (entry.type === 'file') {
    const texts = [...found, ...own].map((source) => source.get('') ?? '');
    if (!isConcatenated(entry.option) || found.length === 0) return texts[0] ?? '';
    return texts.slice(0, found.length).join('');
  }
  const all = [...found, ...own];
  const sources = storeOf(entry.option) === 'none' ? all.slice(0, 1) : all;
  const below = [...entries.values()].filter(({ path }) => isBelow(path, entry.path));
  const result = new Map<string, string>();
  merge(
    sources,
    '',
    below.map(({ path }) => path.slice(entry.path.length)),
    result,
  );
  for (const child of below)
    overlay(child, entry, result, expectedAt(child, { ...nothing, entries }, image, trees));
  return Object.fromEntries([...result].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const nothing = { leftAlone: [], mtabInCopy: undefined };

/** Objects by their path below a source; the source itself is ''. */
type Source = ReadonlyMap<string, string>;

function hit(tree: MemoryTree, path: string, type: 'file' | 'dir'): Source[] {
  const resolved = resolve(memoryView(tree), path);
  if ('blocked' in resolved || resolved.fact.type !== type) return [];
  const source = subtree(tree, resolved.path);
  return type === 'dir' && source.size === 1 ? [] : [source];
}

function subtree(tree: MemoryTree, top: string): Source {
  const root = top === '/' ? '' : top;
  const objects = [...withParents(tree)].filter(([path]) => isBelow(path, top));
  const itself = withParents(tree).get(top) ?? 'dir';
  return new Map([
    ['', itself],
    ...objects.map(([path, what]) => [path.slice(root.length), what] as const),
  ]);
}

function merge(
  sources: readonly Source[],
  at: string,
  listed: readonly string[],
  result: Map<string, string>,
): void {
  for (const path of new Set(sources.flatMap((source) => namesIn(source, at)))) {
    if (listed.includes(path)) continue;
    const having = sources.filter((source) => source.has(path));
    const isWay = listed.some((other) => isBelow(other, path));
    const winner = having[0]?.get(path) ?? '';
    if (winner !== 'dir' && !isWay) {
      result.set(path, winner);
      continue;
    }
    const directories = having.filter((source) => source.get(path) === 'dir');
    if (directories.length === 0) continue;
    result.set(path, 'dir');
    merge(directories, path, listed, result);
  }
}

function namesIn(source: Source, at: string): string[] {
  return [...source.keys()].filter(
    (path) => path.startsWith(`${at}/`) && path.lastIndexOf('/') === at.length,
  );
}

/** A child shows its own content in its parent, with the directories on the way. */
function overlay(
  child: Entry,
  parent: Entry,
  result: Map<string, string>,
  content: Expected,
): void {
  const place = child.path.slice(parent.path.length);
  for (let end = place.lastIndexOf('/'); end > 0; end = place.lastIndexOf('/', end - 1)) {
    if (!result.has(place.slice(0, end))) result.set(place.slice(0, end), 'dir');
  }
  if (typeof content === 'string') {
    result.set(place, content);
    return;
  }
  result.set(place, 'dir');
  for (const [path, what] of Object.entries(content)) result.set(place + path, what);
}
