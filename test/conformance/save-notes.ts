import { createHash } from 'node:crypto';
import { formatSave, parseSave } from '../../agent/rules/save.ts';
import type { Json } from './entry.ts';
import { type Fields, fieldsOf } from './fields.ts';

/** Which notes liteimg left in an image. */
export interface SaveNotes {
  /** Ours, in stock's words; '' without. */
  readonly ours: string;
  /** What stock's liteimg writes for the table: to be told from a hash. */
  readonly expected: string;
}

const savePath = '/.statelite/litefile.save';

/** The record of the run with the entries of our litefile.save alone. */
export function withNotes(run: Fields, notes: SaveNotes | undefined): Fields {
  return withSave(run, () => notes?.ours);
}

/** The same of stock's; its text is known by its hash. */
export function recordedRun(run: Json | undefined, notes: SaveNotes | undefined): Fields {
  return withSave(fieldsOf(run), ({ content, sha256 }) => {
    const { expected = '' } = notes ?? {};
    const hash = createHash('sha256').update(expected).digest('hex');
    const text = content ?? (hash === sha256 ? expected : undefined);
    return typeof text === 'string' ? entriesOf(text) : undefined;
  });
}

function withSave(run: Fields, textOf: (save: Fields) => string | undefined): Fields {
  if (!('image_after' in run)) return run;
  const after = fieldsOf(run['image_after']);
  const changed = fieldsOf(after['changed']);
  const replaced = (listing: Fields): Fields => {
    const save = fieldsOf(listing[savePath]);
    const entry = 'now' in save ? fieldsOf(save['now']) : save;
    const text = textOf(entry);
    if (!(savePath in listing) || text === undefined) return listing;
    const { sha256: _, ...rest } = entry;
    const now = { ...rest, content: text };
    return { ...listing, [savePath]: 'now' in save ? { ...save, now } : now };
  };
  const listing = 'changed' in after ? { ...after, changed: replaced(changed) } : replaced(after);
  return { ...run, image_after: listing };
}

/** A litefile.save without what was made, in one notation; as it is if it cannot be read. */
export function entriesOf(text: string): string {
  try {
    return formatSave('', { entries: parseSave(text).entries, made: new Map() });
  } catch {
    return text; // stock writes what it got; then it is a difference
  }
}
