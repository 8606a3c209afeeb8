import { keptView, type Situation } from '../../agent/plan/situation.ts';
import { storeOf } from '../../agent/rules/options.ts';
import type { Verdict } from '../../agent/plan/verdict.ts';
import { layout } from '../../agent/rules/layout.ts';
import { below, components, isWithin } from '../../agent/rules/path.ts';
import { inside, nothing, type View } from '../../agent/rules/view.ts';

/** What a node finds at a path. */
export type Kind = 'file' | 'dir' | 'link';

/** A directory or file that content comes from: `path` inside the root that `view` shows. */
export interface Origin {
  /** As seen from the new root: `/` is the image. */
  readonly root: string;
  readonly path: string;
}

export interface Content {
  readonly kind: Kind;
  /** Best first; several for a merged directory and for con. */
  readonly from: readonly Origin[];
  /** The symlink that a path ends at, or that stands above it: what is behind is another path. */
  readonly link?: { readonly path: string; readonly target: string };
}

interface Layer extends Origin {
  readonly view: View;
}

/**
 * What stands at `path` in the copy of an entry that is served, name by name as a merge takes it
 * (semantics 2.2, 2.3, 2.6); undefined if there is nothing.
 */
export function contentAt(
  path: string,
  verdict: Verdict,
  situation: Situation,
): Content | undefined {
  const names = components(path.slice(verdict.entry.path.length));
  const isListedBelow = (at: string) =>
    [...situation.entries.entries.keys()].some((listed) => isWithin(listed, at));
  let layers = layersOf(verdict, situation);
  let at = verdict.entry.path;
  for (const name of names) {
    at = below(at, name);
    const having = layers
      .map((layer) => ({ ...layer, path: below(layer.path, name) }))
      .filter((layer) => layer.view.at(layer.path).type !== 'missing');
    const isDirectory = having.length > 0 && kindOf(having[0]) === 'dir';
    const directories = having.filter((layer) => kindOf(layer) === 'dir');
    layers = isDirectory || isListedBelow(at) ? directories : having.slice(0, 1);
    const [only] = layers;
    const fact = only?.view.at(only.path);
    if (only !== undefined && fact?.type === 'link') {
      const { root, path: place } = only;
      return {
        kind: 'link',
        from: [{ root, path: place }],
        link: { path: at, target: fact.target },
      };
    }
    if (fact?.type === 'file' && at !== path) return undefined;
  }
  const kind = kindOf(layers[0]);
  const [first] = layers;
  if (kind === undefined || first === undefined) return undefined;
  const isWhole = names.length === 0 && verdict.entry.option.endsWith('con');
  const from = kind === 'dir' || isWhole ? layers : [first];
  return { kind, from: from.map(({ root, path: place }) => ({ root, path: place })) };
}

/** The roots an entry is filled from, what its store has already before all others. */
function layersOf({ entry, sources, fill }: Verdict, situation: Situation): Layer[] {
  const store = storeOf(entry.option);
  const isKept = fill?.fill === 'keep' || fill?.fill === 'complete';
  const kept: Layer[] =
    isKept && (store === 'persistent' || store === 'localdisk')
      ? [{ root: layout[store], path: fill.path, view: keptView(situation, store) }]
      : [];
  if (fill?.fill === 'keep') return kept;
  const isLive = storeOf(entry.option) === 'none';
  const from = sources.from
    .slice(0, isLive ? 1 : undefined)
    .map((source) => ({ ...source, view: viewOf(source.root, situation) }));
  return [...kept, ...from];
}

function viewOf(root: string, { image, trees }: Situation): View {
  if (root === '/') return image;
  if (root === layout.pristine) return inside(image, root);
  return trees.find((tree) => tree.root === root)?.view ?? nothing;
}

function kindOf(layer: Layer | undefined): Kind | undefined {
  const type = layer?.view.at(layer.path).type;
  return type === 'missing' ? undefined : type;
}
