import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A file's text, `{ link }`, `{ dir }` with a mode, or `{ text, mode, uid, gid }`. */
export type Planted =
  | string
  | { readonly link: string }
  | { readonly dir: number; readonly uid?: number; readonly gid?: number }
  | { readonly text: string; readonly mode?: number; readonly uid?: number; readonly gid?: number };

/** Makes a tree of files: paths count from `root`, parents come by themselves. */
export function plantTree(root: string, tree: Readonly<Record<string, Planted>>): void {
  for (const [path, what] of Object.entries(tree)) {
    const place = join(root, path);
    mkdirSync(dirname(place), { recursive: true });
    if (typeof what === 'string') writeFileSync(place, what);
    else if ('link' in what) symlinkSync(what.link, place);
    else {
      if ('dir' in what) mkdirSync(place, { recursive: true });
      else writeFileSync(place, what.text);
      chownSync(place, what.uid ?? 0, what.gid ?? 0); // first: it takes setuid bits away
      chmodSync(place, 'dir' in what ? what.dir : (what.mode ?? 0o644));
    }
  }
}

/** A directory of its own that vanishes at the end of the scope: `await using root = await tempRoot()`. */
export async function tempRoot(): ReturnType<typeof mkdtempDisposable> {
  return mkdtempDisposable(join(tmpdir(), 'statelite-'));
}
