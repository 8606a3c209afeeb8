import { type BigIntStats, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * One line for every object of a tree: path, type, mode, owner, seconds, what it holds; of several names
 * of a file the first is told. Names are bytes, shown one character each.
 */
export function describeTree(root: string): string[] {
  const first = new Map<bigint, string>();
  const visit = (path: Buffer, name: string): string[] => {
    const stats = lstatSync(path, { bigint: true });
    const same = stats.isDirectory() ? undefined : first.get(stats.ino);
    if (stats.nlink > 1n && same === undefined) first.set(stats.ino, name);
    const mode = (stats.mode & 0o7777n).toString(8);
    const own = [stats.uid, stats.gid, stats.mtimeNs / 1_000_000_000n].join(' ');
    const what = typeOf(stats);
    const line = `${name} ${what} ${mode} ${own} ${same ?? contentOf(path, what, stats.rdev)}`;
    if (what !== 'dir') return [line];
    const names = readdirSync(path, { encoding: 'buffer' }).toSorted((a, b) => a.compare(b));
    const below = (child: Buffer) => Buffer.concat([path, Buffer.from('/'), child]);
    const shown = (child: Buffer) => `${name === '.' ? '' : `${name}/`}${child.toString('latin1')}`;
    return [line, ...names.flatMap((child) => visit(below(child), shown(child)))];
  };
  return visit(Buffer.from(root), '.');
}

function typeOf(stats: BigIntStats): string {
  if (stats.isDirectory()) return 'dir';
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isFIFO()) return 'fifo';
  return stats.isFile() ? 'file' : 'device';
}

function contentOf(path: Buffer, type: string, device: bigint): string {
  if (type === 'file') return readFileSync(path, 'latin1');
  if (type === 'link') return readlinkSync(path, { encoding: 'latin1' });
  return type === 'device' ? String(device) : '';
}
