import { nameRow } from '../db/stored.ts';
import type { Table } from '../db/table.ts';

type Text = Readonly<Record<string, string | null>>;

/** More of them say no more. */
const mostNamed = 5;

/** What differs between two readings of a table, a few words for each row; empty if nothing does. */
export function changedRows(
  table: Table,
  before: readonly Text[],
  after: readonly Text[],
): string[] {
  const [old, now] = [byKey(table, before), byKey(table, after)];
  const changes = [
    ...[...old].filter(([key]) => !now.has(key)).map(([, row]) => `${nameRow(table, row)} is gone`),
    ...[...now].flatMap(([key, row]) => {
      const was = old.get(key);
      if (was === undefined) return [`${nameRow(table, row)} is new`];
      const columns = Object.keys(table.columns).filter((name) => was[name] !== row[name]);
      return columns.length === 0
        ? []
        : [`${nameRow(table, row)} has another ${columns.join(', ')}`];
    }),
  ];
  if (changes.length > mostNamed) {
    return [...changes.slice(0, mostNamed), `and ${changes.length - mostNamed} more rows`];
  }
  const reordered =
    changes.length === 0 && [...old.keys()].join('\0') !== [...now.keys()].join('\0');
  return reordered ? ['its rows have another order'] : changes;
}

function byKey({ key }: Table, rows: readonly Text[]): Map<string, Text> {
  return new Map(rows.map((row) => [JSON.stringify(key.map((column) => row[column])), row]));
}
