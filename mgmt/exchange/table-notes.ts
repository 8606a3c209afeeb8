import { explicitlyEmpty } from '../core/attributes.ts';
import type { Dump, SourceRow, SourceTable } from './dump.ts';

/**
 * What somebody who moves over should know of rows that are imported as they are: each a sentence
 * with a count, never a value.
 */
export function tableNotes({ tables }: Dump): string[] {
  return tables.flatMap((source) =>
    notes.flatMap(({ table, counts, says }) => {
      const rows = table === undefined || table === source.table.name ? source.rows : [];
      const { length } = rows.filter((row) => counts(row, source));
      return length === 0
        ? []
        : [`${source.file}: ${length} ${length === 1 ? 'row' : 'rows'} ${says}`];
    }),
  );
}

interface Note {
  /** Undefined for every table. */
  readonly table: string | undefined;
  readonly counts: (row: SourceRow, source: SourceTable) => boolean;
  readonly says: string;
}

const notes: readonly Note[] = [
  {
    table: undefined,
    counts: ({ values }) => !/^(?:|0|1|yes|no)$/iu.test(values['disable'] ?? ''),
    says: 'disabled by another word than 1 or yes (mgmt QUIRK-1)',
  },
  {
    table: 'litefile',
    counts: ({ values }) => (values['options'] ?? '') === '',
    says: 'with blank options: a link, as on stock xCAT, though its manual says tmpfs (mgmt QUIRK-22)',
  },
  {
    table: 'litetree',
    counts: ({ values }) => values['image'] === '',
    says: 'with an image that is empty, but not NULL: they apply to every image here, to none on stock xCAT (mgmt QUIRK-2)',
  },
  {
    table: undefined,
    counts: ({ values }) => Object.values(values).includes(explicitlyEmpty),
    says: 'with a value that is explicitly empty, and inherits nothing (mgmt QUIRK-12)',
  },
];
