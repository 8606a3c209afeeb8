import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CopyCalls } from '../../../../agent/files/copy.ts';
import type { LitefileRow } from '../../../../agent/protocol/answer.ts';
import {
  liteimg,
  type LiteimgResult,
  type LiteimgWish,
  planLiteimg,
} from '../../../../mgmt/image/liteimg/liteimg.ts';
import { nativeAddon } from '../../../helpers/native.ts';
import { row } from '../../../helpers/rows.ts';
import { type Planted, plantTree, tempRoot } from '../../../helpers/tree.ts';

/** `{ '/etc/motd': 'tmpfs' }` */
export type Table = Readonly<Record<string, string>>;

/** A root image in a directory of its own, with a sentinel beside it that nobody may touch. */
export interface Workshop extends AsyncDisposable {
  readonly directory: string;
  readonly root: string;
  /** What links of a hostile image lead to. */
  readonly outside: string;
  plant(tree: Readonly<Record<string, Planted>>): void;
  remove(path: string): void;
  /** What a run of a table is given. */
  wish(table: Table): LiteimgWish;
  run(table: Table, calls?: CopyCalls): Promise<LiteimgResult>;
  runRows(rows: readonly LitefileRow[], calls?: CopyCalls): Promise<LiteimgResult>;
  /** What a run would do. */
  planRows(rows: readonly LitefileRow[]): Promise<LiteimgResult>;
  /** What stands at a path, links not followed. */
  look(path: string): string | undefined;
  /** The same for everything in the image. */
  list(detail?: Detail): Record<string, string>;
}

/** `times` adds modification times of files and links, `everything` all times and inodes of all. */
export type Detail = 'content' | 'times' | 'everything';

export const native = nativeAddon();

/** An image with an /etc directory and the given tree. */
export async function workshop(tree: Readonly<Record<string, Planted>> = {}): Promise<Workshop> {
  const temporary = await tempRoot();
  const directory = temporary.path;
  const root = join(directory, 'rootimg');
  const outside = join(directory, 'outside');
  plantTree(outside, { victim: 'untouched\n', 'etc/motd': 'of the host\n', 'dir/file': '1\n' });
  plantTree(root, { etc: { dir: 0o755 }, ...tree });
  const postscripts = join(directory, 'postscripts');
  const wishOf = (rows: readonly LitefileRow[]): LiteimgWish => ({
    root,
    rows,
    postscripts,
    image: 'compute',
    profile: 'compute',
    rootLogin: { password: '$6$salt$hash', cryptmethod: '' },
  });
  const runRows = (rows: readonly LitefileRow[], calls: CopyCalls = native) =>
    liteimg(wishOf(rows), calls);
  return {
    directory,
    root,
    outside,
    plant: (more) => plantTree(root, more),
    remove: (path) => rmSync(join(root, path), { recursive: true }),
    wish: (table) => wishOf(rowsOf(table)),
    run: (table, calls) => runRows(rowsOf(table), calls),
    runRows,
    planRows: (rows) => planLiteimg(wishOf(rows)),
    look: (path) => describe(join(root, path), 'content'),
    list: (detail = 'content') => listing(root, detail),
    [Symbol.asyncDispose]: () => temporary.remove(),
  };
}

export function rowsOf(table: Table): LitefileRow[] {
  return Object.entries(table).map(([file, options]) => row(file, options));
}

/** Every object below a directory in words, by its path from there. */
export function listing(root: string, detail: Detail = 'content'): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (path: string) => {
    found[path === '' ? '/' : path] = describe(root + path, detail) ?? 'gone';
    if (!lstatSync(root + path).isDirectory()) return;
    for (const name of readdirSync(root + path).toSorted()) visit(`${path}/${name}`);
  };
  visit('');
  return found;
}

/** `file 0644 0:0 "text"`, `dir 0755 0:0`, `-> target`. */
function describe(place: string, detail: Detail): string | undefined {
  const stats = lstatSync(place, { throwIfNoEntry: false, bigint: true });
  if (stats === undefined) return undefined;
  const owner = stats.uid === 0n && stats.gid === 0n ? '' : ` ${stats.uid}:${stats.gid}`;
  const looks = `${(Number(stats.mode) & 0o7777).toString(8)}${owner}`;
  const isTimed = detail === 'everything' || (detail === 'times' && !stats.isDirectory());
  const times = isTimed ? ` ${stats.mtimeNs}` : '';
  const rest = detail === 'everything' ? `${times} ${stats.ctimeNs} ${stats.ino}` : times;
  if (stats.isSymbolicLink()) return `-> ${readlinkSync(place)}${rest}`;
  if (stats.isDirectory()) return `dir ${looks}${rest}`;
  if (!stats.isFile()) return `special ${looks} ${stats.rdev}${rest}`;
  return `file ${looks} ${textOf(readFileSync(place))}${rest}`;
}

function textOf(content: Buffer): string {
  if (content.length < 200) return JSON.stringify(content.toString());
  return createHash('sha256').update(content).digest('hex');
}
