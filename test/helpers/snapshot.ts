import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Every object below a directory by its path: what it is and holds, with `full` also whose and when. */
export function snapshot(directory: string, full: 'full' | 'content' = 'content'): Tree {
  const tree: Record<string, string> = {};
  const visit = (path: string): void => {
    for (const name of readdirSync(directory + path).toSorted()) {
      const child = `${path}/${name}`;
      tree[child] = told(join(directory, child), full);
      if (lstatSync(join(directory, child)).isDirectory()) visit(child);
    }
  };
  visit('');
  return tree;
}

export type Tree = Readonly<Record<string, string>>;

function told(file: string, full: 'full' | 'content'): string {
  const stats = lstatSync(file, { bigint: true });
  const what = content(file, stats);
  if (full === 'content') return what;
  const { mode, uid, gid, mtimeNs, ino, nlink } = stats;
  return [what, mode.toString(8), uid, gid, mtimeNs, ino, nlink].join(' ');
}

function content(
  file: string,
  stats: { isDirectory(): boolean; isSymbolicLink(): boolean; isFile(): boolean },
): string {
  if (stats.isDirectory()) return 'dir';
  if (stats.isSymbolicLink()) return `-> ${readlinkSync(file)}`;
  return stats.isFile() ? readFileSync(file, 'utf8') : 'special';
}
