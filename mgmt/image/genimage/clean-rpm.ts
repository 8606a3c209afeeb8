import { DatabaseSync } from 'node:sqlite';
import { type Distribution, majorVersion, rpmDatabase } from './distribution.ts';
import type { ImageTree } from './inside.ts';
import type { ImageSpec } from './spec.ts';

/** Package managers write them while they work; the image is done. */
const leftovers = [
  '/var/cache/dnf',
  '/var/cache/zypp',
  '/var/log/dnf.log',
  '/var/log/dnf.rpm.log',
  '/var/log/dnf.librepo.log',
  '/var/log/hawkey.log',
  '/var/log/zypper.log',
  '/var/log/zypp/history',
];

/**
 * Leaves rpm's database so that nodes can read it on a read-only root: without the write-ahead log,
 * which SQLite would have to make again beside it. Nothing for an image of apt. Answers with what the
 * operator should know of the database.
 */
export async function cleanRpm(
  tree: ImageTree,
  { distribution, osvers }: Pick<ImageSpec, 'distribution' | 'osvers'>,
): Promise<string[]> {
  if (distribution.installer === 'apt') return [];
  const directory = rpmDatabase(distribution);
  for (const path of [`${directory}/rpmdb.sqlite`, '/var/lib/dnf/history.sqlite']) {
    if (await tree.exists(path)) settle(await tree.at(path));
  }
  const locks = ['/.rpm.lock', '/.dbenv.lock'].map((name) => `${directory}${name}`);
  for (const path of [...locks, ...leftovers]) await tree.remove(path);
  if (readsSqlite(distribution)) return [];
  return [
    `rpm of ${osvers} cannot read the package database, which this machine's rpm made (SQLite): change packages by genimage, not in the image`,
  ];
}

/** SUSE's rpm has a database of its own kind, Red Hat's before 9 Berkeley DB. */
function readsSqlite(distribution: Distribution): boolean {
  if (distribution.installer === 'zypper') return false;
  const since = /^fedora$/i.test(distribution.base) ? 33 : 9;
  return (majorVersion(distribution) ?? Infinity) >= since;
}

function settle(path: string): void {
  using database = new DatabaseSync(path);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE');
}
