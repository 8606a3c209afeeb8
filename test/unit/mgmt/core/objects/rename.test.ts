import { describe, expect, test } from 'vitest';
import type { RowChange } from '../../../../../mgmt/core/objects/changes.ts';
import { leftoversOf, removalOf } from '../../../../../mgmt/core/objects/remove.ts';
import { renameChanges } from '../../../../../mgmt/core/objects/rename.ts';
import { objectTypes, type TypeName } from '../../../../../mgmt/core/objects/types.ts';

import { objectsOf } from './objects.ts';

const objects = objectsOf({
  nodelist: [
    { node: 'n1', groups: 'compute,all' },
    { node: 'n2', groups: 'all', primarysn: 'n1' },
    { node: 'n3', groups: 'all' },
  ],
  nodegroup: [{ groupname: 'compute', grouptype: 'static' }],
  nodetype: [
    { node: 'n1', provmethod: 'img' },
    { node: 'compute', provmethod: 'img2' },
  ],
  statelite: [{ node: 'n1', statemnt: 'mn:/state' }],
  deps: [{ node: 'n1', nodedep: 'n2, n1', cmd: 'on' }],
  osimage: [{ imagename: 'img', groups: 'g' }, { imagename: 'img2' }],
  linuximage: [{ imagename: 'img', rootimgdir: '/r' }],
  litefile: [
    { image: 'img', file: '/a', options: 'ro' },
    { image: 'ALL', file: '/b' },
  ],
  litetree: [{ priority: '1', image: 'img', directory: '/t' }],
  networks: [{ netname: 'net1', net: '10.0.0.0', mask: '255.0.0.0' }],
  site: [{ key: 'master', value: 'x' }],
});

/** `-` for a row that goes, `+` for one that is set, with what matters of it. */
const told = (changes: readonly RowChange[]) =>
  changes.map((change) => {
    const values = Object.values(change.kind === 'set' ? change.row : change.where);
    const sign = change.kind === 'set' ? '+' : '-';
    return `${sign} ${change.table} ${values.filter(Boolean).join(' ')}`;
  });

const renamed = (type: TypeName, from: string, to: string) =>
  renameChanges(objectTypes[type], from, to, objects);

const gone = (type: TypeName, ...names: string[]) =>
  told(removalOf(objectTypes[type], names, objects));

test('a renamed node takes its rows along, and what names it', () => {
  const { changes, also } = renamed('node', 'n1', 'n9');
  expect(told(changes).toSorted()).toEqual([
    '+ deps n9 n2,n9 on',
    '+ nodelist n2 n9',
    '+ nodelist n9 compute,all',
    '+ nodetype n9 img',
    '+ statelite n9 mn:/state',
    '- deps n1 on',
    '- nodelist n1',
    '- nodetype n1',
    '- statelite n1',
  ]);
  expect(Object.fromEntries(also)).toEqual({ 'deps.nodedep': 1, 'nodelist.primarysn': 1 });
});

test('a renamed image takes litefile, litetree and nodes along (mgmt QUIRK-7)', () => {
  const { changes, also } = renamed('osimage', 'img', 'new');
  expect(told(changes).toSorted()).toEqual([
    '+ linuximage new /r',
    '+ litefile new /a ro',
    '+ litetree 1 new /t',
    '+ nodetype n1 new',
    '+ osimage new g',
    '- linuximage img',
    '- litefile img /a',
    '- litetree 1 img',
    '- osimage img',
  ]);
  expect(Object.fromEntries(also)).toEqual({
    'litefile.image': 1,
    'litetree.image': 1,
    'nodetype.provmethod': 1,
  });
});

test('rows of the statelite tables and networks get another name', () => {
  expect(told(renamed('litefile', 'img:/a', 'ALL:/c').changes)).toEqual([
    '- litefile img /a',
    '+ litefile ALL /c ro',
  ]);
  expect(told(renamed('network', 'net1', 'net2').changes)).toEqual([
    '+ networks 10.0.0.0 255.0.0.0 net2',
  ]);
});

test.for<[TypeName, string, string, string]>([
  ['site', 'clustersite', 'x', 'cannot be renamed'],
  ['group', 'compute', 'x', 'cannot be renamed'],
  ['node', 'n1', 'n2', "A definition for 'n2' already exists."],
  ['node', 'n1', '../n2', 'cannot be the name'],
  ['litefile', 'img:/a', 'img:relative', 'relative'],
])('%s %s is not renamed to %s', ([type, from, to, message]) => {
  expect(() => renamed(type, from, to)).toThrow(message);
});

describe('what is removed', () => {
  test.for<[TypeName, string, string[]]>([
    ['node', 'n1', ['- deps n1', '- nodelist n1', '- nodetype n1', '- statelite n1']],
    ['group', 'compute', ['+ nodelist n1 all', '- nodegroup compute', '- nodetype compute']],
    ['osimage', 'img', ['- linuximage img', '- osimage img']],
    ['network', 'net1', ['- networks 10.0.0.0 255.0.0.0']],
    ['litetree', '1:img', ['- litetree 1 img']],
    ['site', 'clustersite', ['- site master']],
  ])('of %s %s', ([type, name, changes]) => {
    expect(gone(type, name).toSorted()).toEqual(changes);
  });

  test('of an image leaves rows and nodes that name it', () => {
    const { words, changes } = leftoversOf(['img'], objects);
    expect(words).toEqual(['litefile: 1 rows', 'litetree: 1 rows', 'nodetype.provmethod of n1']);
    expect(told(changes)).toEqual(['- litefile img /a', '- litetree 1 img']);
    expect(leftoversOf(['img3'], objects)).toEqual({ words: [], changes: [] });
  });
});
