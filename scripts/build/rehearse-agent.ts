import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Agent from '../../agent/main.ts';
import { layout, mountPointOf } from '../../agent/rules/layout.ts';
import { parts, plantWorkload } from '../bench/link/place.ts';
import { generatedWorkload } from '../bench/link/workload.ts';

/** Links the entries of a table with every option, in a directory: without mounts nobody must be root. */
export async function rehearseAgent(program: object): Promise<void> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the bundle of that module
  const { linkEntries, loadNative, parseCmdline, readImage } = program as typeof Agent;
  const at = await mkdtemp(join(tmpdir(), 'statelite-rehearsal-'));
  try {
    parseCmdline('ro XCAT=10.0.0.1:3001 NODE=n1 NFSROOT=10.0.0.1:/root STATEMNT=10.0.0.1:/state');
    const work = generatedWorkload(40);
    const calls = loadNative(at);
    await plantWorkload(at, work, calls);
    const root = join(at, parts.image);
    const image = await readImage(root, work.rows);
    await rm(join(root, layout.statelite), { recursive: true }); // where a node has a tmpfs
    for (const path of [layout.tmpfs, layout.persistent]) {
      await mkdir(join(root, path), { recursive: true });
    }
    const trees = parts.trees.map((name) => {
      const tree = {
        server: 'mn',
        directory: `/${name}`,
        options: [],
        optional: false,
        priority: 1,
      };
      return { tree, root: mountPointOf(tree) };
    });
    for (const { tree, root: place } of trees) {
      await cp(join(at, tree.directory), join(root, place), { recursive: true });
    }
    const system = { bind: async () => {} };
    const stores = { trees, missingTrees: [], persistent: 'mounted', localdisk: 'none' } as const;
    await linkEntries(root, image, stores, { system, calls, onStep: () => {} });
  } finally {
    await rm(at, { recursive: true });
  }
}
