import type { Native } from '../native/load.ts';
import type { Bytes } from './bytes.ts';
import { FileFault, type Tally } from './fault.ts';

/** A name in a directory. */
export interface Listed {
  readonly name: Bytes;
  readonly type: 'dir' | 'file' | 'socket' | 'other';
  /** Of a regular file: what a copy takes on disk. */
  readonly bytes: number;
  /** Device and inode of an object that has other names too. */
  readonly inode: string | undefined;
}

/** By path, what is in each directory of a tree, in the order of the names. */
export type Listing = ReadonlyMap<Bytes, readonly Listed[]>;

/**
 * Lists a whole tree in one trip into the thread pool, but nothing that is left out. `path` stands
 * for `directory`, in the keys and in `leaveOut`. Throws a FileFault.
 */
export async function listTree(
  calls: Pick<Native, 'list'>,
  directory: Bytes,
  path: Bytes,
  leaveOut: Iterable<Bytes>,
  needs?: Readonly<Tally>,
): Promise<Listing> {
  const within = [...leaveOut].filter((listed) => listed.startsWith(`${path}/`));
  const leftOut = within.map((listed) => listed.slice(path.length)).join('\0');
  const listing = new Map<Bytes, Listed[]>([[path, []]]);
  for (const record of (await calls.list(directory, leftOut)).split('\0').slice(0, -1)) {
    const [head, inode, below] = fieldsOf(record);
    const type = types.get(head.slice(0, 1));
    if (type === undefined) {
      throw new FileFault(Number(head.slice(1)), 'reading', directory + below, needs);
    }
    const end = below.lastIndexOf('/');
    const entry = { name: below.slice(end + 1), type, bytes: Number(head.slice(1)), inode };
    listing.get(path + below.slice(0, end))?.push(entry);
    if (type === 'dir') listing.set(path + below, []);
  }
  for (const entries of listing.values()) entries.sort(byName);
  return listing;
}

function byName(one: Listed, other: Listed): number {
  return one.name < other.name ? -1 : 1;
}

const types = new Map<string, Listed['type']>([
  ['d', 'dir'],
  ['f', 'file'],
  ['s', 'socket'],
  ['o', 'other'],
]);

/** The path is the last field: it may hold blanks. */
function fieldsOf(record: string): [head: string, inode: string | undefined, path: Bytes] {
  const first = record.indexOf(' ');
  const second = record.indexOf(' ', first + 1);
  const inode = record.slice(first + 1, second);
  return [record.slice(0, first), inode === '' ? undefined : inode, record.slice(second + 1)];
}
