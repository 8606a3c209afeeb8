import { describe, expect, test } from 'vitest';
import { wantedOf } from '../../../../../mgmt/image/liteimg/wanted.ts';
import { failure, row } from '../../../../helpers/rows.ts';
import { memoryView } from '../../../../helpers/views.ts';

describe('what an image has not (semantics 4.1)', () => {
  const image = memoryView({
    '/srv/data': 'dir',
    '/srv/alias': '-> data',
    '/srv/lost': '-> nowhere',
  });

  test.for<[string, Readonly<Record<string, 'file' | 'dir'>>]>([
    ['/srv/data/', {}],
    ['/srv/new', { '/srv/new': 'file' }],
    ['/srv/new/', { '/srv/new': 'dir' }],
    ['/opt/a/b', { '/opt': 'dir', '/opt/a': 'dir', '/opt/a/b': 'file' }],
    ['/srv/alias/x', { '/srv/data/x': 'file' }],
    ['/srv/lost', { '/srv/lost': 'file' }],
    ['/srv/lost/x', { '/srv/nowhere': 'dir', '/srv/nowhere/x': 'file' }],
  ])('for the row %s', ([file, missing]) => {
    const wanted = wantedOf([row(file)], image);
    expect(Object.fromEntries(wanted.missing)).toEqual(missing);
  });

  test('directories of what a listed link leads to are there', () => {
    const wanted = wantedOf([row('/srv/alias/'), row('/srv/alias/sub/x')], image);
    expect([...wanted.missing.keys()].toSorted()).toEqual(['/srv/alias/sub', '/srv/alias/sub/x']);
  });
});

describe('links into what liteimg keeps (semantics 1.5)', () => {
  const image = memoryView({
    '/to/save': '-> /.statelite/litefile.save',
    '/.statelite/litefile.save': 'x',
    '/to/all': '-> /.default',
    '/.default/to/all': 'dir',
    '/to/links': '-> /.default.links',
    '/.default.links': 'dir',
    '/to/disk': '-> /.sllocal',
    '/.sllocal': 'dir',
    '/to/other': '-> /.default/etc/motd',
    '/.default/etc/motd': 'x',
  });

  test.for([
    ['/to/save', '/.statelite'],
    ['/to/all', '/.default'],
    ['/to/links', '/.default.links'],
    ['/to/disk', '/.sllocal'],
  ])('%s is refused, naming %s', ([file = '', owner = '']) => {
    expect(() => wantedOf([row(file, 'link')], image)).toThrow(
      failure('ERR_STATELITE_PATH', file, owner),
    );
  });

  test('an original of another path is no danger', () => {
    expect(wantedOf([row('/to/other')], image).entries.size).toBe(1);
  });
});
