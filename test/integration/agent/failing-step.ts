import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { apply } from '../../../agent/apply.ts';
import { StateliteError } from '../../../agent/errors.ts';
import { linuxSystem } from '../../../agent/linux.ts';
import type { Step } from '../../../agent/plan/step.ts';
import { nativeAddon } from '../../helpers/native.ts';
import { snapshot, type Tree } from '../../helpers/snapshot.ts';

/** Steps to perform under a root over which file systems are mounted first. */
export interface Trial {
  readonly root: string;
  /** Paths below the root, with a tmpfs of these options, or a read-only bind of the directory itself. */
  readonly mounts: Readonly<Record<string, { readonly tmpfs: string } | 'read-only'>>;
  /** -errno of a call of the addon, and how many calls go well before it. */
  readonly broken?: {
    readonly call: 'copyFile' | 'copyAttributes';
    readonly result: number;
    readonly after?: number;
  };
  readonly steps: readonly Step[];
  /** A directory below the root whose tree is told afterwards. */
  readonly look: string;
}

export interface Tried {
  readonly failure: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
  } | null;
  readonly tree: Tree;
}

/** Runs as a program in a mount namespace of its own: see namespace.ts. */
if (import.meta.main) {
  const trial: Trial = JSON.parse(await text(process.stdin)); // what the test wrote
  process.stdout.write(JSON.stringify(await performTrial(trial)));
}

async function performTrial({ root, mounts, broken, steps, look }: Trial): Promise<Tried> {
  const native = nativeAddon();
  const system = linuxSystem(native);
  for (const [path, what] of Object.entries(mounts)) {
    const place = join(root, path);
    mkdirSync(place, { recursive: true });
    if (what === 'read-only') await system.bind(place, place, true);
    else await system.mount('nas:/state/cn01', place, 'tmpfs', what.tmpfs);
  }
  let left = broken?.after ?? 0;
  const fails = (call: string): boolean => broken?.call === call && left-- <= 0;
  const result = broken?.result ?? 0;
  const calls: typeof native = {
    ...native,
    copyFile: async (...words) => (fails('copyFile') ? result : native.copyFile(...words)),
    copyAttributes: async (...words) =>
      fails('copyAttributes') ? result : native.copyAttributes(...words),
  };
  const told = () => snapshot(join(root, look));
  try {
    await apply(steps, root, { system, calls, onStep: () => {} });
    return { failure: null, tree: told() };
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    const { code, message, hint = '' } = error;
    return { failure: { code, message, hint }, tree: told() };
  }
}
