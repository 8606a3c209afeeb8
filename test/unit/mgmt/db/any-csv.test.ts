import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatCsv, parseCsv } from '../../../../mgmt/db/csv.ts';
import type { Table } from '../../../../mgmt/db/table.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { hostileNames } from '../../../helpers/hostile.ts';

/** What a spreadsheet or a careless parser trips over. */
const odd = ['"', '""', ',', '","', '#', '#a', '\n', '\n\n', '"\n#', '=1+1', ' "x" ', "'", '\\"'];
const anyValue = fc.oneof(
  fc.constantFrom('', ...odd, ...hostileNames),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('\r\n', '\n')),
);

test.for(Object.entries<Table>(tables))(
  'a dump of the %s table is read back as it was, whatever the values hold',
  ([, table]) => {
    const names = Object.keys(table.columns);
    const anyRow = fc
      .array(anyValue, { minLength: names.length, maxLength: names.length })
      .filter((values) => values.some((value) => value !== ''))
      .map((values) => Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])));
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 4 }), (rows) => {
        const text = `${formatCsv(table, rows).join('\n')}\n`;
        expect(parseCsv(text, table, 'x.csv').map(({ values }) => values)).toEqual(rows);
      }),
      { numRuns: 50 },
    );
  },
);
