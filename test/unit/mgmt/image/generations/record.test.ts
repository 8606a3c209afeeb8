import { expect, test } from 'vitest';
import { parseRecord } from '../../../../../mgmt/image/generations/record.ts';

const record = {
  version: 1,
  number: 3,
  made: '2026-01-01T00:00:00.000Z',
  by: 'genimage compute',
  kernel: '6.1',
  packages: 200,
  published: ['2026-01-01T00:00:00.000Z'],
};

test('a record is read as it is, without what nobody knows', () => {
  const text = JSON.stringify({ ...record, extra: { deep: [] } });
  expect(parseRecord(text, 'x')).toEqual(record);
});

test.for([
  ['', 'Unexpected end'],
  ['[]', 'x is damaged'],
  [JSON.stringify({ ...record, number: 0 }), 'number'],
  [JSON.stringify({ ...record, number: '3' }), 'number'],
  [JSON.stringify({ ...record, version: 2 }), 'version'],
  [JSON.stringify({ ...record, made: 'yesterday' }), 'made'],
  [JSON.stringify({ ...record, published: [7] }), 'published'],
  [JSON.stringify({ ...record, by: undefined }), 'by'],
] as const)('%s is damaged', ([text, words]) => {
  expect(() => parseRecord(text, 'x')).toThrow(words);
});
