import { StateliteError } from '../../../agent/errors.ts';
import type { LitefileRow } from '../../../agent/protocol/answer.ts';
import { type Entries, entriesOf, type Entry } from '../../../agent/rules/entries.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { ancestors, isBelow, isWithin, reservedFor } from '../../../agent/rules/path.ts';
import { nothingSaved } from '../../../agent/rules/save.ts';
import { forEach, type View } from '../../../agent/rules/view.ts';
import { resolve } from '../../../agent/rules/walk.ts';

export interface Wanted extends Entries {
  /** Listed paths, and directories above them, that the image has not without liteimg. */
  readonly missing: ReadonlyMap<string, 'file' | 'dir'>;
}

/**
 * What the rows want of an image that liteimg never touched (semantics 1). Throws
 * ERR_STATELITE_ROW, _TABLE or _PATH naming the rows.
 */
export function wantedOf(rows: readonly LitefileRow[], image: View): Wanted {
  const wanted = entriesOf(rows, image, nothingSaved);
  const entries = [...wanted.entries.values()];
  for (const entry of entries) refuseOwn(entry);
  const above = new Set(entries.flatMap(({ path }) => [...ancestors(path)]));
  const missingAbove = forEach(above, (path) => {
    const resolved = resolve(image, path);
    return 'fact' in resolved && resolved.fact.type === 'missing' ? [path] : [];
  });
  const missing = entries.filter(({ original }) => original === undefined);
  return {
    ...wanted,
    missing: new Map([
      ...missingAbove.flat().map((path) => [path, 'dir'] as const),
      ...missing.map(({ path, type }) => [path, type] as const),
    ]),
  };
}

/** A link may lead into what liteimg keeps in the image; copying that would copy the copy. */
function refuseOwn({ written, path, original }: Entry): void {
  if (original === undefined) return;
  const owner = reservedFor(original);
  const pristine = layout.pristine + path;
  if (owner === undefined) return;
  if (isBelow(original, layout.pristine) && !isWithin(pristine, original)) return;
  if (original === pristine) return;
  throw new StateliteError(
    'ERR_STATELITE_PATH',
    `the listed path ${JSON.stringify(written)} leads to ${original}, and ${owner} belongs to statelite`,
    { hint: 'repair the link in the image, or remove the row' },
  );
}
