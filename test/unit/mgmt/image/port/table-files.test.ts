import { describe, expect, test } from 'vitest';
import {
  litefileCsv,
  litetreeCsv,
  parseLitefileCsv,
  parseLitetreeCsv,
  stateliteCsv,
} from '../../../../../mgmt/image/port/table-files.ts';
import { clusterOf } from '../../../../helpers/cluster.ts';
import { failure } from '../../../../helpers/rows.ts';

const osimage = [{ imagename: 'img', groups: 'compute, all' }];
const litefile = (...rows: readonly (readonly [image: string, file: string, options: string])[]) =>
  clusterOf({
    osimage,
    litefile: rows.map(([image, file, options]) => ({ image, file, options })),
  });

describe('litefile.csv', () => {
  test('has rows for ALL, then of groups, then own ones, under the name of the image', () => {
    const cluster = litefile(
      ['img', '/own', 'persistent'],
      ['compute', '/group/', 'tmpfs'],
      ['ALL', '/all', 'persistent'],
      ['other', '/other', 'tmpfs'],
    );
    expect(litefileCsv('img', cluster)).toBe(
      '"img","/all","persistent",,\n"img","/group/","tmpfs",,\n"img","/own","persistent",,\n',
    );
  });

  test('has no path twice: the most specific row counts (mgmt QUIRK-59)', () => {
    const cluster = litefile(
      ['ALL', '/etc/motd', 'tmpfs'],
      ['compute', '/etc/motd', 'persistent'],
      ['all', '/etc/motd', 'persistent'],
    );
    expect(litefileCsv('img', cluster)).toBe('"img","/etc/motd","persistent",,\n');
  });

  test('says link for a blank option, as it means (mgmt QUIRK-59)', () => {
    expect(litefileCsv('img', litefile(['ALL', '/a', '']))).toBe('"img","/a","link",,\n');
  });

  test('is read back, also with quotes, commas and blanks in paths', () => {
    const cluster = litefile(['ALL', '/a "b", c', 'tmpfs'], ['img', '/d/', 'link,ro']);
    expect(parseLitefileCsv(litefileCsv('img', cluster))).toEqual([
      { file: '/a "b", c', options: 'tmpfs' },
      { file: '/d/', options: 'link,ro' },
    ]);
  });

  test('of stock xCAT has paths twice: the last one counts, as there', () => {
    const text = '"img","/etc/motd","tmpfs",,\n"img","/etc/motd","persistent",,\n';
    expect(parseLitefileCsv(text)).toEqual([{ file: '/etc/motd', options: 'persistent' }]);
  });

  test.for([
    ['"img","etc/motd","tmpfs",,', 'line 1', 'is not absolute'],
    ['"img","/a","tmpfs",,\n"img","/../etc","tmpfs",,', 'line 2', '".."'],
    ['"img","/a","rw,maybe",,', 'line 1', 'maybe'],
  ] as const)('that holds %j is refused with the line', ([text, ...named]) => {
    const refused = failure('ERR_STATELITE_ROW', 'litefile.csv of the archive', ...named);
    expect(() => parseLitefileCsv(text)).toThrow(refused);
  });
});

describe('litetree.csv', () => {
  const cluster = clusterOf({
    osimage,
    litetree: [
      { priority: '1.0', image: 'ALL', directory: 'mn:/all' },
      { priority: '2', image: '', directory: 'mn:/any', mntopts: 'nofail' },
      { priority: '1.0', image: 'img', directory: 'mn:/own' },
      { priority: '1.0', image: 'other', directory: 'mn:/other' },
    ],
  });

  test('has the rows that apply, renumbered where priorities are the same', () => {
    expect(parseLitetreeCsv(litetreeCsv('img', cluster))).toEqual([
      { priority: '1.1', directory: 'mn:/all', mntopts: '' },
      { priority: '2', directory: 'mn:/any', mntopts: 'nofail' },
      { priority: '1.0', directory: 'mn:/own', mntopts: '' },
    ]);
  });

  test('with a bad row is refused with the line', () => {
    const text = '#priority,image,directory\n"first","img","mn:/x"\n';
    expect(() => parseLitetreeCsv(text)).toThrow(
      failure('ERR_STATELITE_ROW', 'litetree.csv of the archive, line 2', 'first'),
    );
  });
});

test('statelite.csv is the whole table, as tabdump has it', () => {
  const cluster = clusterOf({ statelite: [{ node: 'compute', statemnt: 'mn:/state' }] });
  expect(stateliteCsv(cluster)).toBe(
    '#node,image,statemnt,mntopts,comments,disable\n"compute",,"mn:/state",,,\n',
  );
});
