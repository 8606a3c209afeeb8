import { below } from './path.ts';

/** What stands at a path, not following a link there. */
export type Fact =
  | { readonly type: 'missing' }
  | { readonly type: 'dir' }
  | { readonly type: 'link'; readonly target: string }
  /** Anything else counts as a file (semantics 1.3); `regular` tells what con may read (2.2). */
  | { readonly type: 'file'; readonly regular: boolean; readonly size: number };

/**
 * What is known of one root, for pure decisions. Paths are absolute inside that root and free of
 * links above their last part.
 */
export interface View {
  at(path: string): Fact;
  /** Names in a directory; of anything else, none. */
  names(path: string): readonly string[];
}

/** The view of a root of which nothing can be seen: an empty directory. */
export const nothing: View = {
  at: (path) => ({ type: path === '/' ? 'dir' : 'missing' }),
  names: () => [],
};

/** The view of a directory as a root of its own. */
export function inside(view: View, directory: string): View {
  return {
    at: (path) => view.at(below(directory, path)),
    names: (path) => view.names(path === '/' ? directory : below(directory, path)),
  };
}

/**
 * A view was asked for something that nobody has looked at yet. The survey looks, and decides
 * again (agent/files/survey.ts); a decision that must not be cut short may catch it per item.
 */
export class NotLookedAt extends Error {
  override readonly name = 'NotLookedAt';
}

/**
 * Decides for every item although some may lack facts: each failing one has then asked for what it
 * needs, so that one survey round answers all of them.
 */
export function forEach<Item, Result>(
  items: Iterable<Item>,
  decide: (item: Item) => Result,
): Result[] {
  const results: Result[] = [];
  let missing: NotLookedAt | undefined;
  for (const item of items) {
    try {
      results.push(decide(item));
    } catch (error) {
      if (!(error instanceof NotLookedAt)) throw error;
      missing = error;
    }
  }
  if (missing !== undefined) throw missing;
  return results;
}
