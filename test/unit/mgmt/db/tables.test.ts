import { createHash } from 'node:crypto';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { schemaVersion } from '../../../../mgmt/db/migrate.ts';
import { createTableSql, type NewRow, type Row, type Table } from '../../../../mgmt/db/table.ts';
import { tables } from '../../../../mgmt/db/tables.ts';

const all = Object.entries<Table>(tables);

describe('every table', () => {
  test.for(all)('%s has its name, its key and notes', ([name, table]) => {
    expect(table.name).toBe(name);
    expect(Object.keys(table.columns).slice(-2)).toEqual(['comments', 'disable']);
    for (const column of table.key) expect(table.columns[column]).toMatchObject({ required: true });
  });

  test('refers to columns that are there', () => {
    const columns = all.flatMap(([, table]) => Object.values(table.columns));
    const named = columns.flatMap(({ refers }) => refers ?? []);
    expect(named).toContain('osimage.imagename');
    const there = all.flatMap(([name, table]) =>
      Object.keys(table.columns).map((column) => `${name}.${column}`),
    );
    expect(named.filter((column) => !there.includes(column))).toEqual([]);
  });

  test('is described by sentences', () => {
    const docs = all.flatMap(([, { doc, columns }]) => [
      doc,
      ...Object.values(columns).map((column) => column.doc),
    ]);
    expect(docs.filter((doc) => !/^["A-Za-z<].*[.]$/u.test(doc))).toEqual([]);
  });
});

test('a row has texts where the table has them, and null where it may', () => {
  type Litefile = typeof tables.litefile;
  expectTypeOf<Row<Litefile>['image']>().toEqualTypeOf<string>();
  expectTypeOf<Row<Litefile>['options']>().toEqualTypeOf<string | null>();
  expectTypeOf<{ image: string; file: string }>().toExtend<NewRow<Litefile>>();
  expectTypeOf<{ image: string }>().not.toExtend<NewRow<Litefile>>();
});

test('the SQL of a table', () => {
  const table: Table = {
    name: 'pets',
    doc: 'Pets.',
    key: ['name'],
    columns: { name: { required: true, doc: 'A name.' }, age: { doc: 'Years.' } },
  };
  expect(createTableSql(table)).toBe(
    'CREATE TABLE "pets" (\n  "seq" INTEGER PRIMARY KEY,\n  "name" TEXT NOT NULL DEFAULT \'\',\n' +
      '  "age" TEXT,\n  UNIQUE ("name")\n) STRICT',
  );
});

test('a changed table needs another schema version', () => {
  const sql = all.map(([, table]) => createTableSql(table)).join(';');
  const digest = createHash('sha256').update(sql).digest('hex').slice(0, 12);
  expect({ digest, schemaVersion }).toEqual({ digest: '1165a8c5d56c', schemaVersion: 3 });
});
