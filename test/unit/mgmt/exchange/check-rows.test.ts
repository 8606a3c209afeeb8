import { describe, expect, test } from 'vitest';
import { type TableName, tables } from '../../../../mgmt/db/tables.ts';
import { type CheckedDump, checkRows } from '../../../../mgmt/exchange/check-rows.ts';
import { parseDumpTable } from '../../../../mgmt/exchange/read-csv-dump.ts';
import { tableNotes } from '../../../../mgmt/exchange/table-notes.ts';

function dumpOf(name: TableName, text: string) {
  const table = parseDumpTable(text, `${name}.csv`, tables[name]);
  return { kind: 'csv' as const, tables: [table], unknownTables: [] };
}

const checked = (name: TableName, text: string): CheckedDump => checkRows(dumpOf(name, text));

describe('of a dump', () => {
  test('every bad row is told with its line, and the others are good', () => {
    const text = '#image,file,options\nALL,/a,\nALL,b,tmpfs\n\nALL,/c,wrong\nALL,,ro\nALL,/d,ro\n';
    const { good, bad } = checked('litefile', text);
    expect(bad.map(({ file, line }) => [file, line])).toEqual([
      ['litefile.csv', 3],
      ['litefile.csv', 5],
      ['litefile.csv', 6],
    ]);
    expect(bad.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('not absolute'),
      expect.stringContaining('"wrong"'),
      expect.stringContaining('must not be blank'),
    ]);
    expect(good[0]?.rows).toEqual([
      { image: 'ALL', file: '/a', options: '' },
      { image: 'ALL', file: '/d', options: 'ro' },
    ]);
  });

  test('a key that comes twice is told with the line of the first', () => {
    const { bad } = checked('nodelist', '#node,groups\nn1,a\nn1,b\n');
    expect(bad).toEqual([
      { file: 'nodelist.csv', line: 3, reason: 'nodelist.csv line 2 has the same node', stock: [] },
    ]);
  });

  test('a disabled row may hold anything', () => {
    const { bad } = checked('litefile', '#image,file,options,comments,disable\nALL,b,x,,1\n');
    expect(bad).toEqual([]);
  });

  test('one priority may be there for several images, as no stock dump has it', () => {
    const text = '#priority,image,directory\n1,a,nfs1:/a\n1,b,nfs1:/b\n';
    expect(checked('litetree', text).bad).toEqual([]);
  });

  test.for<[string, string]>([
    ['mgmt QUIRK-14', '/state/x/'],
    ['node QUIRK-25', '/state'],
  ])('%s is told of the refused statemnt %s', ([quirk, statemnt]) => {
    const { bad } = checked('statelite', `#node,statemnt\ncompute,${statemnt}\n`);
    expect(bad.flatMap(({ stock }) => stock.map((reason) => reason.quirk))).toEqual([quirk]);
  });

  test('a regex and the explicitly empty value are taken', () => {
    const text = '#node,statemnt\nn1,|^.*$||\nn2,|n(\\d+)|nfs($1):/s|\n';
    expect(checked('statelite', text).bad).toEqual([]);
  });
});

describe('notes', () => {
  test.for<[string, TableName, string]>([
    ['mgmt QUIRK-1', 'nodelist', '#node,disable\nn1,false\nn2,no\nn3,1\n'],
    ['mgmt QUIRK-22', 'litefile', '#image,file,options\nALL,/a,\nALL,/b,tmpfs\n'],
    ['mgmt QUIRK-12', 'noderes', '#node,nfsserver\nn1,|^.*$||\nn2,x\n'],
  ])('%s is counted in %s', ([quirk, name, text]) => {
    const found = tableNotes(dumpOf(name, text));
    expect(found).toEqual([expect.stringMatching(`^${name}.csv: 1 row .*${quirk}`)]);
  });

  test('a blank field of a CSV file is NULL', () => {
    expect(tableNotes(dumpOf('litetree', '#priority,image,directory\n1,,nfs1:/t\n'))).toEqual([]);
  });
});

describe('the columns of a dump', () => {
  test('that we do not know are counted and left out', () => {
    const table = parseDumpTable(
      '#node,colour,groups,shape\nn1,red,a,\nn2,,b,\nn3,blue,,\n',
      'nodelist.csv',
      tables.nodelist,
    );
    expect(table.unknownColumns).toEqual([
      { column: 'colour', values: 2 },
      { column: 'shape', values: 0 },
    ]);
    expect(table.rows.map(({ values }) => values)).toEqual([
      { node: 'n1', groups: 'a' },
      { node: 'n2', groups: 'b' },
      { node: 'n3', groups: null },
    ]);
  });
});
