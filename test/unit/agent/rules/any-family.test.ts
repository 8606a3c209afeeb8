import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import type { LitefileRow, Specificity } from '../../../../agent/protocol/answer.ts';
import { entriesOf } from '../../../../agent/rules/entries.ts';
import { nothingSaved } from '../../../../agent/rules/save.ts';
import { selectRows } from '../../../../agent/rules/select.ts';
import { tableProblems } from '../../../../mgmt/core/table-problems.ts';
import { anyPath } from '../../../helpers/arbitrary.ts';
import { tableRows } from '../../../helpers/cluster.ts';
import { anyRenaming, renamedRows } from '../../../helpers/hostile.ts';
import { row } from '../../../helpers/rows.ts';
import { memoryView } from '../../../helpers/views.ts';

/** Every spelling of 1.4 and what it means. */
const spellings: Readonly<Record<string, string>> = {
  '': 'link',
  link: 'link',
  'tmpfs,rw': 'link',
  'rw, tmpfs': 'link',
  tmpfs: 'tmpfs',
  rw: 'tmpfs',
  tempfs: 'tmpfs',
  bind: 'tmpfs',
  persistent: 'persistent',
  'link,persistent': 'link,persistent',
  ' persistent , link': 'link,persistent',
  localdisk: 'localdisk',
  ro: 'ro',
  'link,ro': 'link,ro',
  'ro,link': 'link,ro',
  con: 'con',
  'link,con': 'link,con',
  'con,link': 'link,con',
};

/** The children that 3.4 refuses, by parent. */
const refusedChildren: Readonly<Record<string, string>> = {
  tmpfs: 'link | link,con | link,persistent | link,ro',
  localdisk: 'link | link,con | link,persistent | link,ro',
  persistent: 'tmpfs | localdisk | ro | con | link | link,con | link,persistent | link,ro',
  link: 'tmpfs | localdisk | ro | con | persistent',
  'link,persistent': 'tmpfs | localdisk | ro | con | persistent | link | link,con | link,ro',
};

interface Pair {
  readonly parent: LitefileRow;
  readonly child: LitefileRow;
}

/** The refused pairs of a table without links: every child and its nearest listed ancestor. */
function refusedPairs(rows: readonly LitefileRow[]): Pair[] {
  return rows.flatMap((child) => {
    const [parent] = rows
      .filter(({ file }) => bare(child.file).startsWith(`${bare(file)}/`))
      .toSorted((a, b) => bare(b.file).length - bare(a.file).length);
    if (parent === undefined) return [];
    const [above = '', own = ''] = [spellings[parent.options], spellings[child.options]];
    const refused = refusedChildren[above]?.split(' | ').includes(own) ?? true;
    return refused ? [{ parent, child }] : [];
  });
}

function bare(file: string): string {
  return file.replaceAll(/\/+$/gu, '').replaceAll(/\/+/gu, '/');
}

const anyOptions = fc.constantFrom(...Object.keys(spellings));

/** A row for each of a few paths; a slash or two wherever it changes nothing. */
const anyTable: fc.Arbitrary<LitefileRow[]> = fc
  .tuple(
    fc.uniqueArray(
      fc.record({ path: anyPath, options: anyOptions, slashes: fc.constantFrom('', '/', '//') }),
      { minLength: 2, maxLength: 5, selector: ({ path }) => path },
    ),
    fc.option(anyRenaming),
  )
  .map(([list, names]) => {
    const rows = list.map(({ path, options, slashes }) =>
      row(spellings[options]?.endsWith('con') ? path : path + slashes, options),
    );
    return names === null ? rows : renamedRows(rows, names);
  });

/** The error of a table for an image that has nothing of it; undefined if it is accepted. */
function refusal(rows: readonly LitefileRow[]): StateliteError | undefined {
  try {
    entriesOf(rows, memoryView({}), nothingSaved);
    return undefined;
  } catch (error) {
    if (error instanceof StateliteError) return error;
    throw error;
  }
}

/** What a table decides, or why it is refused. */
function outcome(rows: readonly LitefileRow[]) {
  const error = refusal(rows);
  if (error !== undefined) return error.message;
  const { entries } = entriesOf(rows, memoryView({}), nothingSaved);
  return [...entries.values()].map(({ path, option, type }) => ({ path, option, type }));
}

const naming = ({ parent, child }: Pair) =>
  [child, parent].map(({ file, options }) => `${JSON.stringify(file)} (${spellings[options]})`);

describe('3.4', () => {
  test('a table is refused if and only if it holds a refused pair, and both are named', () => {
    fc.assert(
      fc.property(anyTable, (rows) => {
        const pairs = refusedPairs(rows);
        const error = refusal(rows);
        expect(error?.code).toBe(pairs.length === 0 ? undefined : 'ERR_STATELITE_TABLE');
        for (const words of pairs.flatMap(naming)) expect(error?.message).toContain(words);
      }),
      { numRuns: 300 },
    );
  });

  test('a whole table that is written is refused for the same pairs', () => {
    fc.assert(
      fc.property(anyTable, (rows) => {
        const litefile = rows.map(({ file, options }) => ({ image: 'ALL', file, options }));
        const problems = tableProblems(tableRows({ litefile }));
        const pairs = refusedPairs(rows);
        expect(problems).toHaveLength(pairs.length);
        for (const pair of pairs) {
          expect(problems.some((told) => naming(pair).every((words) => told.includes(words)))).toBe(
            true,
          );
        }
      }),
    );
  });
});

const ranks: readonly Specificity[] = ['image', 'group', 'ALL', 'blank'];

describe('1.1', () => {
  const anyRowsOfOnePath = fc.array(
    fc.record({
      file: fc.constantFrom('/a', '//a', '/a/', '/a//'),
      options: anyOptions.filter((options) => !spellings[options]?.endsWith('con')),
      specificity: fc.constantFrom(...ranks),
    }),
    { minLength: 1, maxLength: 4 },
  );

  test('rows of one path are refused if and only if the most specific ones mean different things', () => {
    fc.assert(
      fc.property(anyRowsOfOnePath, (rows) => {
        const best = ranks.find((rank) => rows.some(({ specificity }) => specificity === rank));
        const winners = rows.filter(({ specificity }) => specificity === best);
        const meanings = new Set(winners.map(({ options }) => spellings[options]));
        const error = refusal(rows);
        expect(error?.code).toBe(meanings.size === 1 ? undefined : 'ERR_STATELITE_TABLE');
        const chosen = error === undefined ? selectRows(rows).map(({ option }) => option) : [];
        expect(chosen).toEqual(meanings.size === 1 ? [...meanings] : []);
        const first = winners.map(({ file, options }) => [file, spellings[options]]);
        const named = [...(error?.message ?? '').matchAll(/("\/[a/]*") \(([a-z,]+)\)/gu)].map(
          ([, file = '', meaning]) => [JSON.parse(file), meaning],
        );
        expect(named).toHaveLength(error === undefined ? 0 : 2);
        for (const one of named) expect(first).toContainEqual(one);
        expect(new Set(named.map(([, meaning]) => meaning)).size).toBe(named.length);
      }),
      { numRuns: 300 },
    );
  });

  test('rows that lose change nothing', () => {
    fc.assert(
      fc.property(anyTable, anyOptions, (rows, options) => {
        const losing = rows
          .filter(({ file }) => !file.endsWith('/'))
          .map(({ file }) => row(file, options, 'blank'));
        expect(outcome([...rows, ...losing])).toEqual(outcome(rows));
      }),
    );
  });
});
