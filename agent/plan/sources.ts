import type { Entry } from '../rules/entries.ts';
import { parentIn } from '../rules/family.ts';
import { layout } from '../rules/layout.ts';
import { isConcatenated, storeOf } from '../rules/options.ts';
import { inside, type View } from '../rules/view.ts';
import { resolve } from '../rules/walk.ts';
import { nameOfType } from './fill.ts';
import { nameOf, type Situation, treeName } from './situation.ts';
import type { From } from './step.ts';

/** Where an entry's content comes from, best first (semantics 2). */
export interface Sources {
  readonly from: readonly From[];
  /** Every place that was looked at and what was there, for the log. */
  readonly searched: readonly string[];
  readonly warnings: readonly string[];
}

const no: Hit = { miss: 'no' };

type Hit = { readonly path: string } | { readonly miss: string; readonly warn?: boolean };

/**
 * The trees in order that contain the entry, then the image's own (semantics 2). Concatenated
 * entries take the image's file only if no tree has one, and so does what liteimg made (2.3, 2.4).
 */
export function sourcesOf(entry: Entry, situation: Situation): Sources {
  const hits = situation.trees.map((tree) => ({
    name: treeName(tree),
    root: tree.root,
    hit: lookIn(tree.view, entry.path, entry, 'tree'),
  }));
  const trees = hits.flatMap(({ root, hit }) => ('path' in hit ? [{ root, path: hit.path }] : []));
  const own = ownSources(entry, situation);
  const lastResort = isConcatenated(entry.option) || situation.saved.made.has(entry.path);
  const useOwn = !(lastResort && trees.length > 0);
  return {
    from: useOwn ? [...trees, ...own] : trees,
    searched: [
      ...hits.map(({ name, hit }) => `${name}: ${'miss' in hit ? hit.miss : 'yes'}`),
      `image: ${ownVerdict(own, useOwn)}`,
    ],
    warnings: hits.flatMap(({ name, hit }) =>
      'miss' in hit && hit.warn === true
        ? [`${nameOf(entry)}: ${name} has ${hit.miss} there and is skipped`]
        : [],
    ),
  };
}

function ownVerdict(own: readonly From[], used: boolean): string {
  if (own.length === 0) return 'no';
  return used ? 'yes' : 'not needed';
}

/**
 * The image's own: what liteimg mirrored to /.default, or for a row the image was not made for the
 * object itself (semantics 2, 5.5).
 */
function ownSources(entry: Entry, { image, saved }: Situation): From[] {
  const hasPristine = image.at(layout.pristine).type === 'dir';
  const pristine = hasPristine
    ? lookIn(inside(image, layout.pristine), entry.path, entry, 'image')
    : no;
  const mirrored = 'path' in pristine ? [{ root: layout.pristine, path: pristine.path }] : [];
  if (saved.entries.has(entry.path)) return mirrored;
  const found = entry.original === undefined ? no : lookIn(image, entry.original, entry, 'image');
  const own = 'path' in found ? [{ root: '/', path: found.path }] : [];
  const isMirrored = parentIn(saved.entries, entry.path) !== undefined;
  if (isMirrored) return mirrored.length > 0 ? mirrored : own;
  // There /.default has no more than the originals of entries below, whose places hold links.
  const isCopied = entry.type === 'dir' && storeOf(entry.option) !== 'none';
  return isCopied ? [...mirrored, ...own] : own;
}

/** Looks a path up inside one root (semantics 2.1, 2.2). */
function lookIn(view: View, path: string, entry: Entry, where: 'tree' | 'image'): Hit {
  const resolved = resolve(view, path);
  if ('blocked' in resolved) {
    return resolved.blocked === 'loop'
      ? { miss: `a loop of links at ${resolved.at}`, warn: true }
      : no;
  }
  const { fact } = resolved;
  if (fact.type === 'missing') return no;
  if (fact.type !== entry.type) return { miss: nameOfType(fact.type), warn: true };
  if (isConcatenated(entry.option) && fact.type === 'file' && !fact.regular) {
    return { miss: 'no regular file', warn: true };
  }
  const isEmpty = fact.type === 'dir' && where === 'tree' && view.names(resolved.path).length === 0;
  return isEmpty ? { miss: 'an empty directory' } : { path: resolved.path };
}
