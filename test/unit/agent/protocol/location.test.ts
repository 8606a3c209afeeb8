import { describe, expect, test } from 'vitest';
import {
  formatLocation,
  parseLocation,
  splitMountOptions,
} from '../../../../agent/protocol/location.ts';
import { failure } from '../../../helpers/rows.ts';

describe('1.7 locations', () => {
  test.for([
    ['mn:/lite/one', 'mn', '/lite/one'],
    ['10.0.0.9:/', '10.0.0.9', '/'],
    ['[fd00::1]:/lite', '[fd00::1]', '/lite'],
    ['mn://lite//one/', 'mn', '/lite/one'],
    ['mn:/a:/b', 'mn', '/a:/b'],
    ['mn:/with blank', 'mn', '/with blank'],
    ['/local/tree', undefined, '/local/tree'],
    ['/a:/b', undefined, '/a:/b'],
  ] as const)('%s is %s and %s', ([text, server, directory]) => {
    expect(parseLocation(text)).toEqual({ server, directory });
  });

  test.for([
    ['', 'neither'],
    ['mn', 'neither'],
    ['mn:', 'neither'],
    ['mn:lite', 'neither'],
    ['lite/one', 'neither'],
    [':/lite', 'neither'],
    [' mn:/lite', 'neither'],
    ['a b:/lite', 'neither'],
    ['fd00::1:/lite', 'neither'],
    ['[mn]:/lite', 'IPv6'],
    ['[]:/lite', 'neither'],
    ['mn:/lite/../etc', '".."'],
    ['mn:/./lite', '"."'],
    ['mn:/li\0te', 'NUL'],
    ['mn:/li\nte', 'newline'],
  ] as const)('%j is refused: %s', ([text, reason]) => {
    expect(() => parseLocation(text)).toThrow(
      failure('ERR_STATELITE_ROW', JSON.stringify(text), reason),
    );
  });

  test('a location is formatted as it is written', () => {
    for (const text of ['mn:/lite', '[fd00::1]:/x', '/local']) {
      expect(formatLocation(parseLocation(text))).toBe(text);
    }
  });
});

describe('mount options', () => {
  test.for([
    ['', []],
    ['  ', []],
    ['soft', ['soft']],
    ['soft, timeo=30 ,nofail', ['soft', 'timeo=30', 'nofail']],
  ] as const)('"%s" is split at its commas', ([text, words]) => {
    expect(splitMountOptions(text)).toEqual(words);
  });

  test.for(['soft,,hard', 'soft,', 'soft timeo=30', 'a,b c'])('"%s" is refused', (text) => {
    expect(() => splitMountOptions(text)).toThrow(
      failure('ERR_STATELITE_ROW', JSON.stringify(text)),
    );
  });
});
