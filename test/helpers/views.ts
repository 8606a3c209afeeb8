import { components } from '../../agent/rules/path.ts';
import type { Fact, View } from '../../agent/rules/view.ts';

/** `dir`, a file's content, or a link written `-> target`. Parents of listed paths are directories. */
export type MemoryTree = Readonly<Record<string, string>>;

/** A view of a tree that exists in memory only. */
export function memoryView(tree: MemoryTree): View {
  const facts = new Map<string, Fact>([['/', { type: 'dir' }]]);
  for (const [path, content] of Object.entries(tree)) {
    const names = components(path);
    for (let end = 1; end < names.length; end += 1) {
      const above = `/${names.slice(0, end).join('/')}`;
      if (!facts.has(above)) facts.set(above, { type: 'dir' });
    }
    facts.set(path, factOf(content));
  }
  return {
    at: (path) => facts.get(path) ?? { type: 'missing' },
    names: (path) => {
      const prefix = path === '/' ? '/' : `${path}/`;
      const below = [...facts.keys()].filter((other) => other !== '/' && other.startsWith(prefix));
      return [...new Set(below.map((other) => other.slice(prefix.length).split('/')[0] ?? ''))];
    },
  };
}

function factOf(content: string): Fact {
  if (content === 'dir') return { type: 'dir' };
  if (content.startsWith('-> ')) return { type: 'link', target: content.slice(3) };
  return { type: 'file', regular: content !== 'fifo', size: content.length };
}
