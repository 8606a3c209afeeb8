import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { linkEntries } from '../../../agent/link.ts';
import { layout, mountPointOf } from '../../../agent/rules/layout.ts';
import type { System } from '../../../agent/system.ts';
import { parts } from './place.ts';

type Stores = Parameters<typeof linkEntries>[2];

/** Mounts the image as a new root, read-only; returns its path. */
export async function mountRoot(at: string, system: Pick<System, 'bind'>): Promise<string> {
  const root = join(at, parts.root);
  await system.bind(join(at, parts.image), root, true);
  return root;
}

/**
 * Mounts what the agent has mounted before its linking stage (semantics 5.3): the volatile area, an
 * empty persistent store, both trees.
 */
export async function mountStores(
  at: string,
  root: string,
  system: Pick<System, 'bind' | 'mount'>,
): Promise<Stores> {
  const mountTmpfs = (path: string) =>
    system.mount('statelite', join(root, path), 'tmpfs', 'mode=755');
  await mountTmpfs(layout.statelite);
  for (const path of [layout.tmpfs, layout.persistent]) await mkdir(join(root, path));
  await mountTmpfs(layout.persistent);
  const trees = parts.trees.map((name) => {
    const tree = { server: 'mn', directory: `/${name}`, options: [], optional: false, priority: 1 };
    return { tree, root: mountPointOf(tree) };
  });
  for (const { tree, root: mountPoint } of trees) {
    const target = join(root, mountPoint);
    await mkdir(target, { recursive: true });
    await system.bind(join(at, tree.directory), target, true);
  }
  return { trees, missingTrees: [], persistent: 'mounted', localdisk: 'none' };
}
