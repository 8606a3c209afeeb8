import type { FileChange } from '../setup/generated.ts';
import type { Context } from './context.ts';

/** Says what became of files: their diffs where nothing was written, else a line for each. */
export function printChanges({ print }: Context, changes: readonly FileChange[], dryRun: boolean) {
  for (const { path, change, diff } of changes) {
    if (dryRun && diff !== '') print(diff.trimEnd());
    else print(`${path}: ${change}`);
  }
}
