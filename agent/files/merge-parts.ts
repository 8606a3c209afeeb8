import { besideName } from '../rules/path.ts';
import type { Bytes } from './bytes.ts';
import type { CopyJob } from './copy.ts';
import type { Listed, Listing } from './listing.ts';

/** A source directory of a merge; `index` says of which source it is a part. */
export interface Source {
  readonly directory: Bytes;
  readonly index: number;
}

/** What a merge knows while it works. Paths in sets are canonical. */
export interface Merging {
  /** One per source: hard links do not cross sources. */
  readonly jobs: readonly CopyJob[];
  /** One per source, by canonical path. */
  readonly listings: readonly Listing[];
  readonly leaveOut: ReadonlySet<Bytes>;
  /** Every directory above a path that is left out. */
  readonly above: ReadonlySet<Bytes>;
  readonly bare: ReadonlySet<Bytes>;
  readonly sockets: Bytes[];
}

/** What one name of the merged directory becomes. */
export type Part =
  | { readonly name: Bytes; readonly kind: 'directory'; readonly sources: readonly Source[] }
  | {
      readonly name: Bytes;
      readonly kind: 'object';
      readonly source: Source;
      readonly entry: Listed;
    };

/** A name in a source directory. */
interface Named {
  readonly source: Source;
  readonly entry: Listed;
}

/** The names of all sources but the listed ones, each with the sources that take part (2.2, 2.6). */
export function partsOf(merging: Merging, sources: readonly Source[], path: Bytes): Part[] {
  const holders = new Map<Bytes, Named[]>();
  for (const source of sources) {
    for (const entry of merging.listings[source.index]?.get(path) ?? []) {
      const { name } = entry;
      if (name === besideName || merging.leaveOut.has(`${path}/${name}`)) continue;
      const known = holders.get(name);
      if (known === undefined) holders.set(name, [{ source, entry }]);
      else known.push({ source, entry });
    }
  }
  return [...holders].flatMap(([name, having]) => partOf(merging, name, having, `${path}/${name}`));
}

function partOf(
  { above, sockets }: Merging,
  name: Bytes,
  having: readonly Named[],
  path: Bytes,
): Part[] {
  const [first] = having;
  if (first === undefined) return [];
  if (first.entry.type === 'socket') sockets.push(path);
  else if (first.entry.type !== 'dir' && !above.has(path)) {
    return [{ name, kind: 'object', source: first.source, entry: first.entry }];
  }
  const sources = having
    .filter(({ entry }) => entry.type === 'dir')
    .map(({ source }) => ({ ...source, directory: `${source.directory}/${name}` }));
  return sources.length === 0 ? [] : [{ name, kind: 'directory', sources }];
}

/** Owner, mode, times and xattrs come from the lowest source that is not liteimg's own (2.4). */
export function lenderOf(
  { jobs, bare }: Merging,
  sources: readonly Source[],
  path: Bytes,
): Source | undefined {
  const last = jobs.length - 1;
  const lending = sources.filter(({ index }) => index !== last || !bare.has(path));
  return lending.at(-1) ?? sources.at(-1);
}

/** The copy job of a source. */
export function jobOf({ jobs }: Pick<Merging, 'jobs'>, { index }: Source): CopyJob {
  const job = jobs[index];
  if (job === undefined) throw new Error(`no source ${index}`);
  return job;
}
