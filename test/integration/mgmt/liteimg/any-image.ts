import type { Planted } from '../../../helpers/tree.ts';
import type { MemoryTree } from '../../../helpers/views.ts';

/** A random tree as files, with modes and texts that tell which object is which. */
export function onDisk(tree: MemoryTree): Record<string, Planted> {
  return Object.fromEntries(
    Object.entries(tree).map(([path, content]): [string, Planted] => {
      if (content.startsWith('-> ')) return [path, { link: content.slice(3) }];
      if (content === 'dir') return [path, { dir: path.length % 2 === 0 ? 0o750 : 0o755 }];
      return [path, { text: content === '' ? '' : path, mode: 0o640, uid: path.length }];
    }),
  );
}
