import { components } from '../../agent/rules/path.ts';
import type { Fact, View } from '../../agent/rules/view.ts';

/** `dir`, a file's content, or a link written `-> target`. Parents of listed paths are directories. */
export type MemoryTree = Readonly<Record<string, string>>;

/** A view of a tree that exists in memory only. */
export function memoryView(tree: MemoryTree): View {
  const facts = new Map<string, Fact>([['/', { type: 'dir' }]]);
  const names = new Map<string, Set<string>>();
  for (const [path, content] of withParents(tree)) {
    facts.set(path, factOf(content));
    const directory = path.slice(0, path.lastIndexOf('/')) || '/';
    const inside = names.get(directory) ?? new Set();
    names.set(directory, inside.add(path.slice(path.lastIndexOf('/') + 1)));
  }
  return {
    at: (path) => facts.get(path) ?? { type: 'missing' },
    names: (path) => [...(names.get(path) ?? [])],
  };
}

/** Every object of a tree, also the directories that are only implied; parents first. */
export function withParents(tree: MemoryTree): Map<string, string> {
  const all = new Map<string, string>();
  for (const path of Object.keys(tree).toSorted()) {
    const names = components(path);
    for (let end = 1; end < names.length; end += 1) {
      const above = `/${names.slice(0, end).join('/')}`;
      if (!all.has(above)) all.set(above, 'dir');
    }
    all.set(path, tree[path] ?? '');
  }
  return all;
}

/** A view that counts how often it is asked. */
export function countingView(view: View): View & { readonly calls: () => number } {
  let calls = 0;
  return {
    at: (path) => (calls++, view.at(path)),
    names: (path) => (calls++, view.names(path)),
    calls: () => calls,
  };
}

/** What a view tells of an object. */
export function factOf(content: string): Fact {
  if (content === 'dir') return { type: 'dir' };
  if (content.startsWith('-> ')) return { type: 'link', target: content.slice(3) };
  return { type: 'file', regular: content !== 'fifo', size: content.length };
}
