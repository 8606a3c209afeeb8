import type { Json } from './entry.ts';
import { bothKeys, type Fields, fieldsOf, listOf } from './fields.ts';
import { recordedRun, type SaveNotes, withNotes } from './save-notes.ts';
import type { Outcome } from './present.ts';

/** A place where we and stock differ. */
export interface Difference {
  /** `liteimg/0/image_after`, `boots/0/paths`: the part of the record. */
  readonly where: string;
  /** Of the object; '' if it is not about one. */
  readonly path: string;
  readonly field: string;
  readonly ours: Json;
  readonly stock: Json;
}

/**
 * Compares an outcome with the record, field by field. What is only worded or timed differently is left
 * out, and what the record does not have. `notes` has litefile.save of each run of liteimg: ours says more in it, so its entries are compared.
 */
export function compare(
  outcome: Outcome,
  observed: unknown,
  notes: readonly SaveNotes[] = [],
): Difference[] {
  const stock = fieldsOf(observed);
  const runs = listOf(stock['liteimg']);
  const boots = listOf(stock['boots']);
  const refusals = runs.flatMap((run, index) => {
    const [ours, recorded] = [outcome.liteimg[index] ?? {}, fieldsOf(run)];
    if (!('errors' in recorded || 'died' in recorded)) return [];
    return differing(`liteimg/${index}`, '', 'refused', isRefused(ours), isRefused(recorded));
  });
  // An image that one has prepared and the other has not differs everywhere.
  if (refusals.length > 0) return refusals;
  return [
    ...('liteimg' in stock
      ? differing('liteimg', '', 'runs', outcome.liteimg.length, runs.length)
      : []),
    ...('boots' in stock
      ? differing('boots', '', 'boots', outcome.boots.length, boots.length)
      : []),
    ...runs.flatMap((run, index) =>
      compareRun(
        `liteimg/${index}`,
        withNotes(outcome.liteimg[index] ?? {}, notes[index]),
        recordedRun(run, notes[index]),
      ),
    ),
    ...boots.flatMap((boot, index) =>
      compareBoot(`boots/${index}`, outcome.boots[index] ?? {}, fieldsOf(boot)),
    ),
  ];
}

function compareRun(where: string, ours: Fields, stock: Fields): Difference[] {
  const [after, recorded] = [fieldsOf(ours['image_after']), fieldsOf(stock['image_after'])];
  return [
    ...('image_after' in stock ? compareListing(`${where}/image_after`, '', after, recorded) : []),
    ...('host_run_after' in stock
      ? differing(where, '', 'host_run_after', ours['host_run_after'], stock['host_run_after'])
      : []),
  ];
}

function isRefused(run: Fields): boolean {
  return listOf(run['errors']).length > 0 || (run['died'] ?? null) !== null;
}

/** A boot that failed put nothing in place: there is nothing more to compare. */
function compareBoot(where: string, ours: Fields, stock: Fields): Difference[] {
  if (Object.keys(stock).length === 0) return [];
  const [code, recordedCode] = [ours, stock].map((boot) => fieldsOf(boot['error'])['code']);
  const failed = differing(where, '', 'error', code, recordedCode);
  if (failed.length > 0) return failed;
  const parts = ['tmpfs', 'persistent', 'localdisk', 'view'].filter((part) => part in stock);
  const listings = parts.flatMap((part) =>
    compareListing(`${where}/${part}`, '', fieldsOf(ours[part]), fieldsOf(stock[part])),
  );
  const [paths, recorded] = [fieldsOf(ours['paths']), fieldsOf(stock['paths'])];
  return [
    ...('paths' in stock ? bothKeys(paths, recorded) : []).flatMap((path) =>
      comparePath(`${where}/paths`, path, fieldsOf(paths[path]), fieldsOf(recorded[path])),
    ),
    ...listings,
    ...('node_writes' in stock
      ? compareWrites(where, listOf(ours['node_writes']), listOf(stock['node_writes']))
      : []),
  ];
}

function compareWrites(where: string, ours: readonly Json[], stock: readonly Json[]): Difference[] {
  return Array.from({ length: Math.max(ours.length, stock.length) }, (_, index) => {
    const path = JSON.stringify(ours[index] ?? stock[index] ?? null);
    const [mine, theirs] = [fieldsOf(ours[index]), fieldsOf(stock[index])];
    return differing(`${where}/node_writes`, path, 'ok', mine['ok'], theirs['ok']);
  }).flat();
}

function comparePath(where: string, path: string, ours: Fields, stock: Fields): Difference[] {
  const itself = compareObject(where, path, ours, stock);
  if (itself.some(({ field }) => field === 'type')) return itself;
  const fields = ['source', 'mount_ro', 'writable'];
  const entries = [fieldsOf(ours['entries']), fieldsOf(stock['entries'])] as const;
  return [
    ...itself,
    ...differing(where, path, 'mount', 'mount' in ours, 'mount' in stock),
    ...fields.flatMap((field) => differing(where, path, field, ours[field], stock[field])),
    ...compareResolved(where, path, fieldsOf(ours['resolved']), fieldsOf(stock['resolved'])),
    ...compareListing(where, path.replace(/\/+$/u, ''), ...entries),
  ];
}

function compareResolved(where: string, path: string, ours: Fields, stock: Fields): Difference[] {
  const found = [
    ...compareObject(where, path, ours, stock),
    ...differing(where, path, 'path', ours['path'], stock['path']),
  ];
  return found.map((difference) => ({ ...difference, field: `resolved.${difference.field}` }));
}

/** Listings object by object; the paths in them count from `top`. */
function compareListing(where: string, top: string, ours: Fields, stock: Fields): Difference[] {
  if ('summary' in stock || 'summary' in ours) {
    const [changed, recorded] = [fieldsOf(ours['changed']), fieldsOf(stock['changed'])];
    return [
      ...differing(where, top, 'entries', entriesIn(ours), entriesIn(stock)),
      ...bothKeys(changed, recorded).flatMap((path) =>
        compareChange(where, path, fieldsOf(changed[path]), fieldsOf(recorded[path])),
      ),
    ];
  }
  return bothKeys(ours, stock).flatMap((path) => {
    const [mine, theirs] = [fieldsOf(ours[path]), fieldsOf(stock[path])];
    const itself = compareObject(where, top + path, mine, theirs);
    if (itself.some(({ field }) => field === 'type')) return itself;
    return [
      ...itself,
      ...differing(where, top + path, 'mount', 'mount' in mine, 'mount' in theirs),
    ];
  });
}

/** How many objects a long listing has; of a short one, how many there are. */
function entriesIn(listing: Fields): Json {
  if (!('summary' in listing)) return Object.keys(listing).length;
  return fieldsOf(listing['summary'])['entries'] ?? null;
}

function compareChange(where: string, path: string, ours: Fields, stock: Fields): Difference[] {
  const change = differing(where, path, 'change', ours['change'], stock['change']);
  if (change.length > 0) return change;
  return [
    ...compareObject(where, path, fieldsOf(ours['now']), fieldsOf(stock['now'])),
    ...differing(where, path, 'descendants', ours['descendants'], stock['descendants']),
  ];
}

const objectFields = ['mode', 'uid', 'gid', 'target', 'rdev', 'nlink'];

function compareObject(where: string, path: string, ours: Fields, stock: Fields): Difference[] {
  const [type, recorded] = [ours, stock].map((entry) => entry['type'] ?? 'missing');
  const types = differing(where, path, 'type', type, recorded);
  if (types.length > 0) return types;
  return [
    ...objectFields.flatMap((field) => differing(where, path, field, ours[field], stock[field])),
    ...differing(where, path, 'content', contentOf(ours), contentOf(stock)),
  ];
}

function contentOf(entry: Fields): Json {
  return entry['content'] ?? entry['sha256'] ?? null;
}

function differing(
  where: string,
  path: string,
  field: string,
  ours: Json | undefined,
  stock: Json | undefined,
): Difference[] {
  const [mine, theirs] = [ours ?? null, stock ?? null];
  if (JSON.stringify(mine) === JSON.stringify(theirs)) return [];
  return [{ where, path, field, ours: mine, stock: theirs }];
}
