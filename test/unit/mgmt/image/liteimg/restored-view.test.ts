import { describe, expect, test } from 'vitest';
import { type Changes, restoredView } from '../../../../../mgmt/image/liteimg/restored-view.ts';
import { memoryView } from '../../../../helpers/views.ts';

const image = memoryView({
  '/etc/motd': '-> ../.statelite/tmpfs/etc/motd',
  '/.default/etc/motd': 'hello',
  '/data': '-> ./.statelite/tmpfs/data',
  '/.default/data/file': 'x',
  '/.default/data/alias': 'copy',
  '/.default.links/etc/zone': '-> ../usr/zone',
  '/etc/zone': '',
  '/etc/made': '',
  '/.default/gone/with/it': 'x',
  '/new/both': 'dir',
  '/.default/new/both/old': 'x',
  '/.default/new/alias': '-> /etc',
  '/new/alias': 'dir',
});
const changes: Changes = {
  made: new Map([['/etc/made', 'file']]),
  planted: new Set(['/etc/motd', '/data', '/gone/with/it']),
  newer: new Set(['/new']),
  links: new Map([
    ['/etc/zone', '../usr/zone'],
    ['/data/alias', 'file'],
  ]),
  above: new Set(['/gone', '/gone/with']),
};

describe('the image as it was before liteimg', () => {
  const view = restoredView(image, changes);

  test.for([
    ['a planted link is its original', '/etc/motd', { type: 'file' }],
    ['below a planted link is what the original holds', '/data/file', { type: 'file' }],
    ['a stand-in is the link that stood there', '/etc/zone', { type: 'link' }],
    ['so is a copy below a planted link', '/data/alias', { type: 'link', target: 'file' }],
    ['what was made is missing', '/etc/made', { type: 'missing' }],
    ['kept links are not there', '/.default.links/etc/zone', { type: 'missing' }],
    ['a directory that comes back with an original is there', '/gone/with', { type: 'dir' }],
    ['so is that original', '/gone/with/it', { type: 'file' }],
    ['an original laid under a newer directory is there', '/new/both/old', { type: 'file' }],
    ['but not what its links lead to', '/new/alias/zone', { type: 'missing' }],
    ['other paths are as they are', '/.default/etc/motd', { type: 'file' }],
    ['also missing ones', '/etc/other', { type: 'missing' }],
  ] as const)('%s', ([, path, fact]) => {
    expect(view.at(path)).toMatchObject(fact);
  });

  test('names below a planted link are those of the original', () => {
    expect(view.names('/data').toSorted()).toEqual(['alias', 'file']);
  });
});
