import { array, assert, property, record, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatCsv, parseCsv } from '../../../../mgmt/db/csv.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { failure } from '../../../helpers/rows.ts';

const { litefile } = tables;
const header = '#image,file,options,comments,disable\n';
const read = (text: string) => parseCsv(text, litefile, 'litefile.csv');
const files = (text: string) => read(header + text).map(({ values }) => values['file']);

describe('a dump', () => {
  test('quotes every value that is not blank', () => {
    const row = { image: 'ALL', file: '/a "b",c', options: null, comments: null, disable: '0' };
    expect(formatCsv(litefile, [row])).toEqual([
      '#image,file,options,comments,disable',
      '"ALL","/a ""b"",c",,,"0"',
    ]);
  });

  test('is read back as it was, whatever the values hold', () => {
    const value = string({ unit: 'grapheme' }).map((text) => text.replaceAll('\r\n', '\n'));
    const row = record({ image: value, file: value, options: value, comments: value });
    assert(
      property(array(row), (rows) => {
        const text = formatCsv(litefile, rows).join('\n');
        const kept = rows.filter((one) => Object.values(one).some((each) => each !== ''));
        expect(read(text).map(({ values }) => values)).toMatchObject(kept);
      }),
    );
  });
});

describe('a file to restore', () => {
  test.for<[string, string]>([
    ['as the cookbook prints it', '"ALL", "/x",,,,\n'],
    ['with blanks around its commas', ' "ALL" , "/x" , , , , \r\n'],
    ['without quotes', 'ALL,/x\n'],
    ['between blank lines and comments', '\n# a note, by hand\nALL,/x\n\n   \n,,"",,\n'],
    ['without a last line break', 'ALL,/x'],
  ])('has the row %s', ([, text]) => {
    expect(files(text)).toEqual(['/x']);
  });

  test('may name some columns in any order', () => {
    expect(read('\uFEFF#file, image\n/x,ALL\n')).toEqual([
      { line: 2, values: { file: '/x', image: 'ALL' } },
    ]);
  });

  test('has values with commas, quotes and line breaks in quotes', () => {
    expect(files('ALL,"/a,""b""\nc",tmpfs\nALL,/d\n')).toEqual(['/a,"b"\nc', '/d']);
  });

  test('says on which line of the file a row begins', () => {
    const rows = read(`\n${header}\nALL,"/a\nb"\n# note\nALL,/c\n`);
    expect(rows.map(({ line }) => line)).toEqual([4, 7]);
  });

  test('keeps a row whose first value begins with #', () => {
    expect(read(`${header}"#1",/x\n`)).toHaveLength(1);
  });

  test.for<[string, string, string]>([
    ['', 'line 1', 'Data missing header line starting with #'],
    ['ALL,/x\n', 'line 1', 'Data missing header line'],
    ['#image,fiel\n', 'line 1', '"fiel"'],
    ['#image,file,image\n', 'line 1', 'image is named twice'],
    ['#image,,file\n', 'line 1', '""'],
    [`${header}ALL,/x,,,,,y\n`, 'line 2', '7 values for 5 columns'],
    [`${header}ALL,/x\n\nALL,"/y\n`, 'line 4', 'out of place'],
    [`${header}ALL,"/x"y\n`, 'line 2', 'out of place'],
  ])('%j is refused', ([text, line, problem]) => {
    expect(() => read(text)).toThrow(failure('ERR_STATELITE_CSV', 'litefile.csv', line, problem));
  });
});
