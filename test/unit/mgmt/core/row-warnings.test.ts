import { describe, expect, test } from 'vitest';
import { namesIn, namingTables, warningsOf } from '../../../../mgmt/core/row-warnings.ts';
import { tableRows } from '../../../helpers/cluster.ts';

const names = namesIn(
  tableRows({
    osimage: [
      { imagename: 'img', groups: 'hpc, lab' },
      { imagename: 'off', disable: '1' },
    ],
    nodelist: [{ node: 'n1', groups: 'compute' }],
    nodegroup: [{ groupname: 'dynamic' }],
  }),
);
const none = namesIn(tableRows({}));

type Case = [string, Record<string, string>];

describe('there is no warning of', () => {
  test.for<Case>([
    ['litefile', { image: 'ALL', file: '/x' }],
    ['litefile', { image: ' lab ', file: '/x', disable: 'No' }],
    ['litetree', { priority: '1', image: '', directory: '/x' }],
    ['litetree', { priority: '1', image: 'img', directory: '/x' }],
    ['nodetype', { node: 'n1', provmethod: 'img' }],
    ['nodetype', { node: 'n1', provmethod: 'statelite' }],
    ['nodetype', { node: 'n1', provmethod: '|img($1)|' }],
    ['statelite', { node: 'compute', statemnt: 's:/x' }],
    ['statelite', { node: 'dynamic', statemnt: 's:/x' }],
    ['site', { key: 'x', value: 'y', disable: 'YES' }],
    ['litefile', { image: 'nosuch', file: '/x', disable: '1' }],
  ])('%s %j', ([table, row]) => {
    expect(warningsOf(table, row, names)).toEqual([]);
  });
});

describe('there is one warning, naming table, column and value, of', () => {
  test.for<[...Case, string]>([
    ['litefile', { image: 'off', file: '/x' }, 'litefile.image "off": there is no such osimage'],
    ['litetree', { priority: '1', image: 'im', directory: '/x' }, 'litetree.image "im"'],
    ['nodetype', { node: 'n1', provmethod: 'hpc' }, 'nodetype.provmethod "hpc"'],
    ['linuximage', { imagename: 'hpc' }, 'linuximage.imagename "hpc"'],
    ['statelite', { node: 'n2', statemnt: 's:/x' }, 'there is no such node or group'],
    ['site', { key: 'x', disable: 'false' }, 'site.disable "false" takes the row out of use'],
    ['litefile', { image: 'nosuch', file: '/x', disable: 'off' }, 'litefile.disable "off"'],
  ])('%s %j', ([table, row, warning]) => {
    expect(warningsOf(table, row, names)).toEqual([expect.stringContaining(warning)]);
  });
});

test.for<Case>([
  ['litefile', { image: 'img' }],
  ['nodetype', { node: 'n1', provmethod: 'img' }],
  ['statelite', { node: 'n1' }],
])('a warning of %s %j needs the tables that are named for it', ([table, row]) => {
  expect(warningsOf(table, row, none)).toHaveLength(1);
  expect(namingTables(table)).not.toEqual([]);
  expect(namingTables('site')).toEqual([]);
});
