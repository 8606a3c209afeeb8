import { lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../errors.ts';
import { bytesOf } from '../files/bytes.ts';
import { chase } from '../files/chase.ts';
import { makeDirectories } from '../files/copy.ts';
import { surveyed } from '../files/survey.ts';
import type { Stores } from '../decide.ts';
import type { LitetreeRow, Partition } from '../protocol/answer.ts';
import type { Cmdline } from '../protocol/cmdline.ts';
import { formatLocation } from '../protocol/location.ts';
import type { Entries } from '../rules/entries.ts';
import { layout, mountPointOf } from '../rules/layout.ts';
import { orderTrees, type Tree } from '../rules/litetree.ts';
import { refuseListedTrees } from '../rules/local-trees.ts';
import type { System } from '../system.ts';
import { Deadline } from './deadline.ts';
import type { DiskDeps } from './disk-apply.ts';
import { openLocalDisk, openNamedDisk } from './disks.ts';
import type { Modules } from './modules.ts';
import { type NfsDeps, mountNfs } from './nfs-mount.ts';

export interface StoreDeps extends NfsDeps {
  readonly system: Pick<System, 'mount' | 'mountWatched' | 'bind' | 'unmount'>;
  readonly modules: Pick<Modules, 'load' | 'loadForDevices'>;
  readonly disk: Pick<DiskDeps, 'programs' | 'places' | 'boot' | 'steps' | 'warnings' | 'signal'>;
}

export interface StoreWishes {
  readonly root: string;
  /** '' if it has no name. */
  readonly node: string;
  readonly permission: string;
  readonly entries: Entries;
  readonly litetree: readonly LitetreeRow[];
  readonly partition?: Partition;
  readonly cmdline: Pick<Cmdline, 'statemnt' | 'mntopts' | 'localdisk'>;
}

/** The volatile area of a node: a tmpfs over the image's /.statelite (semantics 5.3). */
export async function mountVolatile(
  root: string,
  permission: string,
  system: Pick<System, 'mount'>,
): Promise<void> {
  const target = join(root, layout.statelite);
  await refuseWithout(target, layout.statelite);
  await system.mount('statelite', target, 'tmpfs', `mode=${permission}`);
  for (const directory of [layout.tmpfs, layout.trees]) {
    await mkdir(join(root, directory), { recursive: true });
  }
}

/** A link there might lead out of the root, and the mount with it. */
async function refuseWithout(target: string, name: string): Promise<void> {
  const isThere = await lstat(target).then(
    (stats) => stats.isDirectory(),
    (error: unknown) => {
      if (hasCode(error, 'ENOENT')) return false;
      throw error;
    },
  );
  if (isThere) return;
  throw new StateliteError('ERR_STATELITE_TABLE', `the image has no ${name} directory`, {
    hint: 'run liteimg for the image',
  });
}

/** Mounts the persistent store, the local disk and every tree, all at once (semantics 5.3). */
export async function mountStores(wishes: StoreWishes, deps: StoreDeps): Promise<Stores> {
  const trees = orderTrees(wishes.litetree);
  await surveyed((look) => refuseListedTrees(trees, wishes.entries, look(wishes.root)));
  const [persistent, localdisk, mounted] = await allOf(
    mountPersistent(wishes, deps),
    mountLocalDisk(wishes, deps),
    Promise.allSettled(trees.map((tree) => mountTree(tree, wishes.root, deps))),
  );
  const missing: Tree[] = [];
  const present: Stores['trees'][number][] = [];
  for (const [index, result] of mounted.entries()) {
    const tree = trees[index];
    if (tree === undefined) continue;
    if (result.status === 'fulfilled') present.push({ tree, root: mountPointOf(tree) });
    else if (tree.optional) missing.push(tree);
    else throw result.reason;
  }
  return { trees: present, missingTrees: missing, persistent, localdisk };
}

/** Waits for all, so that nothing goes on in the background, then gives the first failure. */
async function allOf<A, B, C>(
  a: Promise<A>,
  b: Promise<B>,
  c: Promise<C>,
): Promise<readonly [A, B, C]> {
  await Promise.allSettled([a, b, c]);
  return [await a, await b, await c];
}

/** STATEMNT/<node>, made if it is missing, on /.statelite/persistent. */
async function mountPersistent(
  { root, node, cmdline }: StoreWishes,
  deps: StoreDeps,
): Promise<Stores['persistent']> {
  const { statemnt, mntopts } = cmdline;
  // A node without a name has nothing to keep, and must not see what others keep.
  if (statemnt === undefined || node === '') return 'none';
  const target = join(root, layout.persistent);
  await mkdir(target, { recursive: true });
  const isOptional = mntopts.includes('nofail');
  const mount = {
    server: statemnt.server,
    target,
    options: ['hard', ...mntopts],
    code: 'ERR_STATELITE_STATEMNT',
    hint: `is the statemnt of ${node} right, and exported read-write with no_root_squash?`,
  } as const;
  const nfs = isOptional ? inHalfTheTime(deps) : deps;
  try {
    await mountNfs({ ...mount, directory: statemnt.directory }, nfs);
    try {
      await makeNodeDirectory(join(target, node), formatLocation(statemnt));
    } finally {
      // Whatever happens, no node gets to see the directories of the others. A process that was
      // forked for another mount may have them open for a moment: lazily.
      await deps.system.unmount(target, 'lazy');
    }
    await mountNfs({ ...mount, directory: join(statemnt.directory, node) }, nfs);
    return 'mounted';
  } catch (error) {
    if (!(error instanceof StateliteError) || !isOptional) throw error;
    deps.log.warn(
      `${error.message}; MNTOPTS has nofail, so persistent paths are volatile this time`,
    );
    return 'volatile';
  }
}

async function makeNodeDirectory(path: string, location: string): Promise<void> {
  try {
    await makeDirectories(bytesOf(path));
    await readdir(path); // what was there may be a file, or closed to root
  } catch (cause) {
    throw new StateliteError('ERR_STATELITE_STATEMNT', `cannot make ${path} in ${location}`, {
      cause,
      hint: hasCode(cause, 'EROFS')
        ? 'export it read-write'
        : 'export it with no_root_squash, and look at its owner and free space',
    });
  }
}

/** What is optional leaves the others time to boot without it. */
function inHalfTheTime(deps: StoreDeps): StoreDeps {
  return { ...deps, deadline: new Deadline(deps.deadline.left / 2000) };
}

async function mountTree(tree: Tree, root: string, deps: StoreDeps): Promise<void> {
  const target = join(root, mountPointOf(tree));
  const name = formatLocation(tree);
  await mkdir(target, { recursive: true });
  if (tree.server === undefined) {
    await bindImageTree(root, tree.directory, target, deps);
    return;
  }
  await mountNfs(
    {
      server: tree.server,
      directory: tree.directory,
      target,
      options: ['ro', ...tree.options],
      code: 'ERR_STATELITE_LITETREE',
      hint: `is ${name} exported to the node? nofail in litetree.mntopts makes a tree optional`,
    },
    tree.optional ? inHalfTheTime(deps) : deps,
  );
}

async function bindImageTree(
  root: string,
  directory: string,
  target: string,
  { system }: StoreDeps,
): Promise<void> {
  try {
    await system.bind(await chase(root, directory), target, true);
  } catch (cause) {
    throw new StateliteError('ERR_STATELITE_LITETREE', `the image has no directory ${directory}`, {
      cause,
      hint: 'a litetree row without a server names a directory of the image',
    });
  }
}

/**
 * The image's partitionfile, and `statelite.localdisk=/dev/…`: an existing file system on
 * /.sllocal/localmnt, if the partitionfile names none.
 */
async function mountLocalDisk(
  { root, cmdline, partition }: StoreWishes,
  deps: StoreDeps,
): Promise<Stores['localdisk']> {
  const { disk, system, modules, deadline, log } = deps;
  const device = cmdline.localdisk;
  if (partition === undefined && device === undefined) return 'none';
  await modules.loadForDevices(() => true);
  const target = await chase(root, layout.localdisk);
  const disks = { ...disk, system, modules, deadline, log };
  if (partition !== undefined) {
    const state = await openLocalDisk(partition, { root, target }, disks);
    if (state === 'mounted') return state;
  }
  if (device === undefined) return 'none';
  await openNamedDisk(device, target, disks);
  return 'mounted';
}
