import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { apply } from '../../../agent/apply.ts';
import { StateliteError } from '../../../agent/errors.ts';
import { linuxSystem } from '../../../agent/linux.ts';
import type { Step } from '../../../agent/plan/step.ts';
import type { Native } from '../../../agent/native/load.ts';
import { nativeAddon } from '../../helpers/native.ts';
import { snapshot, type Tree } from '../../helpers/snapshot.ts';

/** Steps to perform under a root over which file systems are mounted first. */
export interface Trial {
  readonly root: string;
  /** Paths below the root, with a tmpfs of these options, or a read-only bind of the directory itself. */
  readonly mounts: Readonly<Record<string, { readonly tmpfs: string } | 'read-only'>>;
  /** -errno of a change of a batch, and how many of its kind go well before it. */
  readonly broken?: {
    readonly kind: 'object' | 'attributes';
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
  const calls = broken === undefined ? native : { ...native, batch: failing(native, broken) };
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

/** Performs the changes before the one that is to fail, and says that it failed. */
function failing(
  native: Native,
  { kind, result, after = 0 }: Exclude<Trial['broken'], undefined>,
): Native['batch'] {
  let left = after;
  const letters = kind === 'object' ? 'CK' : 'A';
  return async (changes) => {
    const fields = changes.split('\0');
    for (let at = 0; at < fields.length; at += 2) {
      if (!letters.includes(fields[at]?.[0] ?? '') || left-- > 0) continue;
      return `${at === 0 ? '' : await native.batch(fields.slice(0, at).join('\0'))}${result} `;
    }
    return native.batch(changes);
  };
}
