import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Entries, entriesOf } from '../../../../agent/rules/entries.ts';
import { nothingSaved } from '../../../../agent/rules/save.ts';
import { anyImage, anyRows, anySaneImage, attempt, shuffled } from '../../../helpers/arbitrary.ts';
import { preparedImage } from '../../../helpers/prepared-image.ts';
import { memoryView } from '../../../helpers/views.ts';

describe('1.5 a prepared image', () => {
  test('gives the same entries as the image it was made from', () => {
    fc.assert(
      fc.property(anySaneImage, anyRows, (raw, rows) => {
        const before = attempt(() => entriesOf(rows, memoryView(raw), nothingSaved));
        fc.pre(before !== undefined);
        const { image, saved } = preparedImage(rows, raw);
        const after = entriesOf(rows, memoryView(image), saved);
        expect(summary(after)).toEqual(summary(before));
      }),
      { numRuns: 150 },
    );
  });

  test('entries do not depend on the order of the rows', () => {
    fc.assert(
      fc.property(anyImage, anyRows, fc.nat(), (raw, rows, seed) => {
        const one = attempt(() => entriesOf(rows, memoryView(raw), nothingSaved));
        const other = attempt(() => entriesOf(shuffled(rows, seed), memoryView(raw), nothingSaved));
        expect(other && summary(other)).toEqual(one && summary(one));
      }),
    );
  });
});

function summary({ entries, leftAlone, mtabInCopy }: Entries) {
  return {
    entries: [...entries.values()].map(({ path, type, option, mtab }) => ({
      path,
      type,
      option,
      mtab,
    })),
    leftAlone: leftAlone.map(({ place }) => place).toSorted(),
    mtabInCopy,
  };
}
