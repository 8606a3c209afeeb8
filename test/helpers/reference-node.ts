import type { LitefileRow } from '../../agent/protocol/answer.ts';
import { type MemoryTree, withParents } from './views.ts';

/** A listed path as the node shows it. */
export interface Reference {
  readonly content: string | MemoryTree;
  /** Whose object lends owner and mode: a tree by its index, the image, or nobody (con: root's). */
  readonly lender: number | 'image' | 'nobody';
  readonly writable: boolean;
}

type Objects = ReadonlyMap<string, string>;

/**
 * What a node shows at a listed path, written from semantics 2 and 3 alone: a second opinion that
 * shares nothing with the rules, the plan or the copies. For one plain option per path, images and
 * trees without links, and empty stores.
 */
export function referenceNode(
  rows: readonly LitefileRow[],
  image: MemoryTree,
  trees: readonly MemoryTree[],
): (path: string) => Reference {
  const sources = [...trees, image].map(withParents);
  const own = sources.at(-1) ?? new Map<string, string>();
  const options = new Map(rows.map(({ file, options: words }) => [bare(file), words]));
  const listed = [...options.keys()];

  /** 1.3 */
  const isDirectory = (path: string) =>
    rows.some(({ file }) => bare(file) === path && file.endsWith('/')) ||
    listed.some((other) => isUnder(other, path)) ||
    own.get(path) === 'dir';

  /** 2, 2.2: by index; the image is the last, and is never too empty. */
  const holders = (path: string) =>
    sources.flatMap((source, index) => {
      const what = source.get(path);
      if (what === undefined || (what === 'dir') !== isDirectory(path)) return [];
      const isEmpty = what === 'dir' && ![...source.keys()].some((other) => isUnder(other, path));
      return isEmpty && source !== own ? [] : [index];
    });

  const lenderOf = (index: number | undefined) =>
    index === undefined || index === trees.length ? 'image' : index;

  const at = (path: string): Reference => {
    const option = options.get(path) ?? '';
    const having = holders(path);
    const writable = !option.endsWith('ro');
    const textOf = (index: number | undefined) => sources[index ?? -1]?.get(path) ?? '';
    if (isDirectory(path)) {
      const used = option.endsWith('ro') ? having.slice(0, 1) : having;
      const objects = used.map((index) => sources[index] ?? new Map<string, string>());
      return { content: overlaid(path, objects), lender: lenderOf(used.at(-1)), writable };
    }
    const joined = having.filter((index) => index !== trees.length).map(textOf);
    return option.endsWith('con')
      ? {
          content: joined.length > 0 ? joined.join('') : textOf(having[0]),
          lender: 'nobody',
          writable,
        }
      : { content: textOf(having[0]), lender: lenderOf(having[0]), writable };
  };

  /** 3.3: what is listed below shows its own content, with the directories on the way. */
  const overlaid = (top: string, objects: readonly Objects[]): MemoryTree => {
    const shown = new Map<string, string>();
    merge(top, objects, listed, shown);
    for (const path of listed.filter((one) => isUnder(one, top))) {
      for (let end = path.indexOf('/', top.length + 1); end > 0; end = path.indexOf('/', end + 1)) {
        shown.set(path.slice(0, end), 'dir');
      }
      const { content } = at(path);
      shown.set(path, typeof content === 'string' ? content : 'dir');
      if (typeof content === 'string') continue;
      for (const [rest, what] of Object.entries(content)) shown.set(path + rest, what);
    }
    const sorted = [...shown].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted.map(([path, what]) => [path.slice(top.length), what]));
  };
  return at;
}

/** 2.2, 2.3, 2.6 */
function merge(
  top: string,
  sources: readonly Objects[],
  listed: readonly string[],
  shown: Map<string, string>,
): void {
  const children = sources.flatMap((source) =>
    [...source.keys()].filter((path) => isChild(path, top)),
  );
  for (const path of new Set(children)) {
    if (listed.includes(path)) continue;
    const having = sources.filter((source) => source.has(path));
    const winner = having[0]?.get(path) ?? '';
    const mustBeDirectory = listed.some((other) => isUnder(other, path));
    const directories = having.filter((source) => source.get(path) === 'dir');
    if (winner !== 'dir' && !mustBeDirectory) shown.set(path, winner);
    else if (directories.length > 0) {
      shown.set(path, 'dir');
      merge(path, directories, listed, shown);
    }
  }
}

function bare(file: string): string {
  return file.endsWith('/') ? file.slice(0, -1) : file;
}

function isUnder(path: string, directory: string): boolean {
  return path.startsWith(`${directory}/`);
}

function isChild(path: string, directory: string): boolean {
  return isUnder(path, directory) && !path.includes('/', directory.length + 1);
}
