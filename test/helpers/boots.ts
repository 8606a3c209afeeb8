import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LitefileRow } from '../../agent/protocol/answer.ts';
import { formatSave } from '../../agent/rules/save.ts';
import { inNamespace } from './namespace.ts';
import { preparedImage } from './prepared-image.ts';
import type { Tree } from './snapshot.ts';
import { plantTree } from './tree.ts';
import type { MemoryTree } from './views.ts';

/** A node to boot: directories stand in for what servers export. */
export interface Boot {
  /** The directory of a case: root, trees/<name>, persistent and localdisk are below it. */
  readonly at: string;
  readonly rows: readonly LitefileRow[];
  /** Names of trees in search order; a directory that is not there is an optional tree that is missing. */
  readonly trees: readonly string[];
  readonly persistent: 'none' | 'volatile' | 'mounted';
  readonly localdisk: 'none' | 'mounted';
  /** What the node does after the look, through its own paths: content, or null to remove. */
  readonly writes?: Readonly<Record<string, string | null>>;
  /** The power goes after so many steps; the boot ends as a failure. */
  readonly stopAfter?: number;
  /** Paths to look at as the node sees them. */
  readonly look: readonly string[];
}

/** What a node sees at a path, every link followed as it would. */
export interface Seen {
  readonly type: 'file' | 'dir' | 'other' | 'missing';
  /** A file's text; what is below a directory, by its path from there. */
  readonly content: string | Tree;
  readonly mode: string;
  readonly owner: string;
  readonly writable: boolean;
}

export interface Booted {
  readonly failure: { readonly code: string; readonly message: string } | null;
  readonly steps: readonly string[];
  readonly notices: readonly string[];
  readonly seen: Readonly<Record<string, Seen>>;
  /** Mount points below the root, in mount order. */
  readonly mounts: readonly string[];
  /** The stores after the boot, before the node's writes, down to inodes and times. */
  readonly stores: Readonly<Record<'persistent' | 'localdisk', Tree>>;
}

/** Boots one after the other, each from a fresh mount of its root, in one namespace. */
export async function boots(list: readonly Boot[]): Promise<Booted[]> {
  return inNamespace<Booted[]>('boots-runner.ts', list);
}

/** Plants a case in the directory `at` and boots it, once for each of the wishes. */
export async function bootCase(
  at: string,
  given: Given,
  wishes: readonly Partial<Boot>[] = [{}],
): Promise<Booted[]> {
  const boot = plantCase(at, given);
  return boots(wishes.map((wish) => ({ ...boot, ...wish })));
}

/** A case on disk: image prepared as by liteimg for `liteimg` or the rows, trees and stores beside it. */
export interface Given {
  readonly rows: readonly LitefileRow[];
  readonly liteimg?: readonly LitefileRow[];
  readonly image?: MemoryTree;
  readonly trees?: Readonly<Record<string, MemoryTree>>;
  readonly persistent?: MemoryTree;
  readonly localdisk?: MemoryTree;
}

/** Writes a case to the directory `at` and gives the boot of it. */
export function plantCase(at: string, given: Given): Boot {
  const { rows, image = {}, trees = {}, persistent = {}, localdisk = {} } = given;
  const prepared = preparedImage(given.liteimg ?? rows, image);
  plantMemory(join(at, 'root'), prepared.image);
  plantTree(join(at, 'root'), { '/.statelite/litefile.save': formatSave('img', prepared.saved) });
  for (const [name, tree] of Object.entries(trees)) plantMemory(join(at, 'trees', name), tree);
  plantMemory(join(at, 'persistent'), persistent);
  plantMemory(join(at, 'localdisk'), localdisk);
  return {
    at,
    rows,
    trees: Object.keys(trees),
    persistent: 'mounted',
    localdisk: 'mounted',
    look: [],
  };
}

function plantMemory(root: string, tree: MemoryTree): void {
  mkdirSync(root, { recursive: true });
  const planted = Object.entries(tree).map(([path, content]) => {
    if (content === 'dir') return [path, { dir: 0o755 }] as const;
    return [path, content.startsWith('-> ') ? { link: content.slice(3) } : content] as const;
  });
  plantTree(root, Object.fromEntries(planted));
}
