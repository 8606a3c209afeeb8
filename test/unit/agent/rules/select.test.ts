import { describe, expect, test } from 'vitest';
import { selectRows, winnerOf } from '../../../../agent/rules/select.ts';
import { failure, row } from '../../../helpers/rows.ts';

const order = ['image', 'group', 'ALL', 'blank'] as const;

describe('1.1 which row counts for a path', () => {
  test.for(
    order.flatMap((better, index) =>
      order.slice(index + 1).map((worse) => [better, worse] as const),
    ),
  )('a row for %s beats one for %s in either table order', ([better, worse]) => {
    const rows = [row('/etc/a', 'persistent', better), row('/etc/a/', 'ro', worse)];
    for (const table of [rows, rows.toReversed()]) {
      expect(selectRows(table)).toMatchObject([
        { option: 'persistent', specificity: better, lost: [{ option: 'ro', specificity: worse }] },
      ]);
    }
  });

  test.for([
    ['tmpfs', 'rw'],
    ['tmpfs', 'bind'],
    ['', 'tmpfs,rw'],
    ['link', 'rw,tmpfs'],
    ['link,persistent', 'persistent,link'],
  ] as const)('"%s" and "%s" for one path are one row', ([one, other]) => {
    expect(selectRows([row('/etc/a', one), row('/etc/a', other)])).toHaveLength(1);
  });

  test.for(order)('two rows for %s that disagree are refused, naming both', (specificity) => {
    const rows = [row('/etc/a', 'tmpfs', specificity), row('/etc//a/', 'ro', specificity)];
    expect(() => selectRows(rows)).toThrow(
      failure('ERR_STATELITE_TABLE', '"/etc/a" (tmpfs)', '"/etc//a/" (ro)'),
    );
  });

  test('rows that lost may disagree with each other', () => {
    const rows = [row('/a', 'ro', 'image'), row('/a', 'tmpfs', 'ALL'), row('/a', 'con', 'ALL')];
    expect(selectRows(rows)).toMatchObject([{ option: 'ro' }]);
  });

  test('a place without a row is a bug, not a mistake in a table', () => {
    expect(() => winnerOf([])).toThrow(new Error('no row to choose from'));
  });

  test('every row must be valid by itself, also one that loses', () => {
    expect(() => selectRows([row('/a', 'ro', 'image'), row('/a', 'rom', 'blank')])).toThrow(
      failure('ERR_STATELITE_ROW', '"rom"'),
    );
  });

  test('the slash of an equal row counts, that of a lost row does not (1.3)', () => {
    expect(selectRows([row('/a'), row('/a/')])).toMatchObject([{ directory: true }]);
    expect(selectRows([row('/a', 'ro', 'image'), row('/a/', 'ro', 'ALL')])).toMatchObject([
      { directory: false },
    ]);
  });

  test('rows for /etc/mtab never disagree (1.6)', () => {
    expect(selectRows([row('/etc/mtab', 'ro'), row('/etc/mtab', 'persistent')])).toHaveLength(1);
  });
});
