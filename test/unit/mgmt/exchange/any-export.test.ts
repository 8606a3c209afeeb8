import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { orderTrees } from '../../../../agent/rules/litetree.ts';
import { imageRows } from '../../../../mgmt/core/rows-for.ts';
import type { Table } from '../../../../mgmt/db/table.ts';
import { type TableRows, tables } from '../../../../mgmt/db/tables.ts';
import { exportTables } from '../../../../mgmt/exchange/export-tables.ts';
import { parseDumpTable } from '../../../../mgmt/exchange/read-csv-dump.ts';
import { tableRows } from '../../../helpers/cluster.ts';
import { hostileNames } from '../../../helpers/hostile.ts';
import { failure } from '../../../helpers/rows.ts';

const odd = ['"', '""', ',', '","', '#', '\n', '"\n#', ' "x" ', "'", '\\"', 'NULL'];
const anyValue = fc.oneof(
  fc.constantFrom('', ...odd, ...hostileNames),
  fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => text.replaceAll('\r\n', '\n')),
);

/** Rows of a table as the store returns them. */
function anyRowsOf(table: Table): fc.Arbitrary<Record<string, string | null>[]> {
  const columns = Object.entries(table.columns);
  const anyRow = fc
    .array(anyValue, { minLength: columns.length, maxLength: columns.length })
    .map((values) =>
      Object.fromEntries(
        columns.map(([column, { required, blank }], index) => {
          const value = values[index] ?? '';
          if (value !== '') return [column, value];
          if (blank) return [column, ''];
          return [column, required ? `k${index}` : null];
        }),
      ),
    );
  return fc.array(anyRow, { maxLength: 3 });
}

/** As the store keeps a row: blank is null, but not in key columns. */
function stored(table: Table, values: Readonly<Record<string, string | null>>) {
  return Object.fromEntries(
    Object.entries(table.columns).map(([column, { required }]) => [
      column,
      values[column] || (required ? '' : null),
    ]),
  );
}

const nothing = tableRows({});

/** Where an image searches, in order. */
function placesOf(rows: TableRows, image: string): string[] {
  return orderTrees(imageRows(rows)(image).litetree).map(({ directory }) => directory);
}

test.for(
  Object.entries<Table>(tables).filter(
    ([name, { own }]) => name !== 'litetree' && own === undefined,
  ),
)('what is exported of the %s table is read back as it was', ([name, table]) => {
  fc.assert(
    fc.property(anyRowsOf(table), (rows) => {
      const { files } = exportTables({ ...nothing, [name]: rows });
      const { text = '' } = files.find((file) => file.name === `${name}.csv`) ?? {};
      const read = parseDumpTable(text, `${name}.csv`, table).rows;
      expect(read.map(({ values }) => stored(table, values))).toEqual(rows);
    }),
    { numRuns: 30 },
  );
});

test('tables that stock xCAT does not have are not exported to it', () => {
  const names = exportTables(tableRows({ hardware: [{ node: 'cn01', qmp: '/run/x' }] })).files.map(
    ({ name }) => name,
  );
  expect(names).toContain('ipmi.csv');
  expect(names).not.toContain('hardware.csv');
});

describe('litetree rows for stock xCAT', () => {
  const osimage = [{ imagename: 'a', groups: 'g' }, { imagename: 'b' }];
  const anyTree = fc.record({
    priority: fc.constantFrom('1', '1.0', '1.05', '1.1', '2', '-1', '-0.5', '10', '.5', '1.', '+3'),
    image: fc.constantFrom('a', 'b', 'g', 'ALL', '', 'nobody'),
    directory: fc.constantFrom('nfs1:/1', 'nfs1:/2', 'nfs1:/3', '/4'),
  });
  const anyTrees = fc.uniqueArray(anyTree, {
    maxLength: 12,
    selector: ({ priority, image }) => `${priority} ${image}`,
  });

  test('have a priority each, and every image searches in the order of before', () => {
    fc.assert(
      fc.property(anyTrees, (litetree) => {
        const rows = tableRows({ osimage, litetree });
        const { files } = exportTables(rows);
        const { text = '' } = files.find(({ name }) => name === 'litetree.csv') ?? {};
        const read = parseDumpTable(text, 'litetree.csv', tables.litetree).rows;
        const again = tableRows({
          osimage,
          litetree: read.map(({ values }) =>
            Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value ?? ''])),
          ),
        });
        const priorities = again.litetree.map(({ priority }) => Number(priority));
        expect(new Set(priorities).size).toBe(priorities.length);
        for (const image of ['a', 'b', 'c']) {
          expect(placesOf(again, image)).toEqual(placesOf(rows, image));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('stay as they are if all priorities differ', () => {
    const differing = fc.uniqueArray(anyTree, { selector: ({ priority }) => Number(priority) });
    fc.assert(
      fc.property(differing, (litetree) => {
        const rows = tableRows({ osimage, litetree });
        const { files, renumbered } = exportTables(rows);
        expect(renumbered).toEqual([]);
        const { text = '' } = files.find(({ name }) => name === 'litetree.csv') ?? {};
        const read = parseDumpTable(text, 'litetree.csv', tables.litetree).rows;
        expect(read.map(({ values }) => stored(tables.litetree, values))).toEqual(rows.litetree);
      }),
      { numRuns: 100 },
    );
  });

  test('get the next decimals below the next priority, which are told', () => {
    const litetree = [
      { priority: '1.0', image: 'ALL', directory: 'nfs1:/all' },
      { priority: '1.0', image: 'b', directory: 'nfs1:/b' },
      { priority: '1.0', image: 'a', directory: 'nfs1:/a' },
      { priority: '1.2', image: 'a', directory: 'nfs1:/c' },
    ];
    const { renumbered } = exportTables(tableRows({ osimage, litetree }));
    expect(renumbered).toEqual([
      { image: 'ALL', directory: 'nfs1:/all', from: '1.0', to: '1.02' },
      { image: 'a', directory: 'nfs1:/a', from: '1.0', to: '1.01' },
    ]);
  });

  test('are refused if no number is left between two', () => {
    const litetree = [
      { priority: '1', image: 'a', directory: 'nfs1:/1' },
      { priority: '1', image: 'b', directory: 'nfs1:/1' },
      { priority: '1.0000000000000002', image: 'b', directory: 'nfs1:/2' },
    ];
    expect(() => exportTables(tableRows({ osimage, litetree }))).toThrow(
      failure('ERR_STATELITE_TABLE', '2 litetree rows', 'priority 1'),
    );
  });

  test('stay as they are if they are disabled and no numbers', () => {
    const litetree = [
      { priority: 'x', image: 'a', directory: 'nfs1:/1', disable: '1' },
      { priority: 'y', image: 'a', directory: 'nfs1:/1', disable: '1' },
    ];
    expect(exportTables(tableRows({ osimage, litetree })).renumbered).toEqual([]);
  });
});

test('a blank key column is an empty value, not NULL, but for litetree whose image may be NULL', () => {
  const { files, ignored } = exportTables(
    tableRows({
      litefile: [{ image: '', file: '/x' }],
      litetree: [{ priority: '1', image: '', directory: 'nfs1:/t' }],
      passwd: [{ key: 'omapi', username: '', password: 'p' }],
    }),
  );
  const line = (name: string) => files.find((file) => file.name === name)?.text.split('\n')[1];
  expect(line('litefile.csv')).toBe('"","/x",,,');
  expect(line('litetree.csv')).toBe('"1",,"nfs1:/t",,,');
  expect(line('passwd.csv')).toMatch(/^"omapi","","p"/u);
  expect(ignored).toBe(1);
});
