import { expect, test } from 'vitest';
import { migrationSql, refuseNewer, schemaVersion } from '../../../../mgmt/db/migrate.ts';
import { createTableSql, type Table } from '../../../../mgmt/db/table.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { failure } from '../../../helpers/rows.ts';

const columnsOf = ({ columns }: Table) => new Set(Object.keys(columns));
const whole = new Map(
  migrationSql(new Map(), (table) => `${table.name} ${[...columnsOf(table)].join(' ')}`)
    .filter((sql) => !sql.startsWith('INSERT'))
    .map((sql) => {
      const [name = '', ...columns] = sql.split(' ');
      return [name, new Set(columns)] as const;
    }),
);

test('an empty database gets every table, default rows and the history', () => {
  const sql = migrationSql(new Map(), createTableSql);
  expect(sql).toEqual(expect.arrayContaining(Object.values(tables).map(createTableSql)));
  expect(sql.filter((each) => each.startsWith('INSERT INTO "policy"')).length).toBeGreaterThan(10);
  expect(whole.has('history_row')).toBe(true);
});

test('a complete database needs nothing', () => {
  expect(migrationSql(whole, createTableSql)).toEqual([]);
});

test('a missing column is added, a required one with a default', () => {
  const old = new Map(whole).set('litefile', new Set(['image', 'file', 'comments', 'disable']));
  expect(migrationSql(old, createTableSql)).toEqual([
    'ALTER TABLE "litefile" ADD COLUMN "options" TEXT',
  ]);
});

test('a newer version is refused', () => {
  expect(() => refuseNewer(schemaVersion + 1)).toThrow(failure('ERR_STATELITE_DATABASE'));
  expect(() => refuseNewer(schemaVersion)).not.toThrow();
});
