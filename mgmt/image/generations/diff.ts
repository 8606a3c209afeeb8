import { textOf } from '../../../agent/files/bytes.ts';
import type { Native } from '../../../agent/native/load.ts';
import { join } from 'node:path';
import { compareRoots, type FileChange } from './compare-roots.ts';
import { type Packages, readPackages } from './packages.ts';

/** A package that differs; blank where a side has none. */
export interface PackageChange {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

export interface Diff {
  /** Undefined if one of them has no list of packages. */
  readonly packages: readonly PackageChange[] | undefined;
  readonly files: readonly FileChange[];
}

/** What differs between two generations, given by their directories. */
export async function diffGenerations(
  before: string,
  after: string,
  calls: Pick<Native, 'sameFile'>,
): Promise<Diff> {
  const [a, b] = [join(before, 'rootimg'), join(after, 'rootimg')] as const;
  const [old, now] = [await readPackages(a), await readPackages(b)];
  return {
    packages: old === undefined || now === undefined ? undefined : changedPackages(old, now),
    files: await Array.fromAsync(compareRoots(a, b, calls)),
  };
}

export function changedPackages(before: Packages, after: Packages): PackageChange[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .toSorted()
    .map((name) => ({ name, before: before.get(name) ?? '', after: after.get(name) ?? '' }))
    .filter((one) => one.before !== one.after);
}

/** How many files of each kind there are below a directory. */
export type Counts = Readonly<Record<FileChange['kind'], number>>;

/** Counted by directories, two names deep: `/usr/lib`. */
export function countByDirectory(files: readonly FileChange[]): Map<string, Counts> {
  const counts = new Map<string, Record<FileChange['kind'], number>>();
  for (const { path, kind } of files) {
    const directory = `/${textOf(path).split('/').slice(1, -1).slice(0, 2).join('/')}`;
    const count = counts.get(directory) ?? { added: 0, removed: 0, changed: 0 };
    count[kind] += 1;
    counts.set(directory, count);
  }
  return new Map([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
