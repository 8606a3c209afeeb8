import * as fc from 'fast-check';
import { StateliteError } from '../../agent/errors.ts';
import type { LitefileRow, Specificity } from '../../agent/protocol/answer.ts';
import { isBelow } from '../../agent/rules/path.ts';
import { resolve } from '../../agent/rules/walk.ts';
import { type MemoryTree, memoryView, withParents } from './views.ts';

/** Few names, so that rows, links and trees meet. */
const name = fc.constantFrom('a', 'b', 'c');

export const anyPath = fc
  .array(name, { minLength: 1, maxLength: 4 })
  .map((names) => `/${names.join('/')}`);

const linkTarget = fc
  .tuple(fc.constantFrom('/', '', './', '../', '../../'), fc.array(name, { maxLength: 3 }))
  .map(([start, names]) => `-> ${start}${names.join('/')}`)
  .filter((link) => link !== '-> ');

/** Small trees with links of every kind: relative, absolute, dangling, in circles, upwards. */
export const anyImage: fc.Arbitrary<MemoryTree> = treeOf(
  fc.oneof(linkTarget, fc.constantFrom('dir', 'text', '')),
);

/** As above, but no link leads to a directory above itself: such a one cannot be listed as it stands. */
export const anySaneImage: fc.Arbitrary<MemoryTree> = anyImage.filter((tree) =>
  Object.entries(tree).every(([path, content]) => {
    const found = content.startsWith('-> ') ? resolve(memoryView(tree), path) : { blocked: path };
    return 'blocked' in found || !isBelow(path, found.path);
  }),
);

/** Trees without links. */
export const anyPlainTree: fc.Arbitrary<MemoryTree> = treeOf(fc.constantFrom('dir', 'text', ''));

function treeOf(content: fc.Arbitrary<string>): fc.Arbitrary<MemoryTree> {
  return fc.array(fc.tuple(anyPath, content), { maxLength: 8 }).map(standing);
}

const anyOption = fc.constantFrom(
  'tmpfs',
  'link',
  'persistent',
  'link,persistent',
  'localdisk',
  'ro',
  'link,ro',
  'con',
  'link,con',
);
const anySpecificity = fc.constantFrom<Specificity>('image', 'group', 'ALL', 'blank');

const anyRow: fc.Arbitrary<LitefileRow> = fc
  .tuple(anyPath, fc.boolean(), anyOption, anySpecificity)
  .map(([path, slash, options, specificity]) => ({
    file: slash ? `${path}/` : path,
    options,
    specificity,
  }));

/** Tables of rows that often have parents and children, and often agree. */
export const anyRows: fc.Arbitrary<readonly LitefileRow[]> = fc.oneof(
  fc.array(anyRow, { maxLength: 5 }),
  fc
    .tuple(anyOption, fc.array(anyRow, { maxLength: 5 }))
    .map(([options, rows]) => rows.map((row) => ({ ...row, options }))),
);

/** The same tree, every file telling where it is from. */
export function signed(tree: MemoryTree, origin: string): MemoryTree {
  const objects = Object.entries(tree).map(([path, content]) => [
    path,
    content === 'text' ? `${origin}${path}\n` : content,
  ]);
  return Object.fromEntries(objects);
}

/** Keeps the objects whose parents are directories. */
function standing(objects: readonly (readonly [string, string])[]): MemoryTree {
  const tree = withParents(Object.fromEntries(objects));
  for (const [path] of tree) {
    const end = path.lastIndexOf('/');
    if (end > 0 && tree.get(path.slice(0, end)) !== 'dir') tree.delete(path);
  }
  return Object.fromEntries(tree);
}

/** A decision's result, or undefined if it refuses what an operator wrote. */
export function attempt<Result>(decide: () => Result): Result | undefined {
  try {
    return decide();
  } catch (error) {
    if (error instanceof StateliteError) return undefined;
    throw error;
  }
}

/** The same items in an order that the seed decides. */
export function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const keyed = items.map((item, index) => ({ item, key: Math.imul(seed + index, 0x9e3779b1) }));
  return keyed.toSorted((a, b) => a.key - b.key).map(({ item }) => item);
}
