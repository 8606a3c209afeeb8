import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRegexValue } from '../../../../mgmt/core/regex-value.ts';
import { attempt } from '../../../helpers/arbitrary.ts';
import { failure } from '../../../helpers/rows.ts';

const valueOf = (text: string, node: string) => parseRegexValue(text)?.(node);

describe('a value made from the name of a node', () => {
  test.for<[string, string, string | undefined]>([
    ['/\\z/-bmc/', 'n1', 'n1-bmc'],
    ['/^/bmc-/', 'n1', 'bmc-n1'],
    ['/n/m/', 'nn1', 'mn1'],
    ['/x/y/', 'n1', 'n1'],
    ['/(\\D+)(\\d+)/$2$1/', 'n12', '12n'],
    ['/n(\\d)/${1}0/', 'n12', '102'],
    ['/.*//', 'n1', undefined],
    ['//x/', 'n1', 'xn1'],
    ['|^.*$||', 'n1', undefined],
    ['||', 'n1', undefined],
    ['|node(\\d+)|10.0.0.($1+0)|', 'node012', '10.0.0.12'],
    ['|\\D+(\\d+)|10.0.0.($1+10)|', 'n12', '10.0.0.22'],
    ['|\\D+(\\d+)\\D+(\\d+)|c($1)f($2)|', 'c01f02', 'c01f02'],
    ['|\\D+(\\d+)|10.($1/256).($1%256)|', 'cn0300', '10.1.44'],
    ['|(\\D+)(\\d+)|$1-bmc$2|', 'n01', 'n-bmc01'],
    ['|\\z|-bmc|', 'n01', 'n01-bmc'],
    ['|a|b|c|', 'a', 'b|c'],
    ['|10.0.0.($1+0)|', 'node012', '10.0.0.12'],
    ['|10.0.($1).($2+1)|', 'r02n010x', '10.0.2.11'],
    ['|rack$1|', 'r02n10', 'rack2'],
    ['|fixed|', 'login', 'fixed'],
    ['|((($1-1)/14+1))/(($1-1)%14+1)|', 'b15', '2/1'],
    ['|(-$1+2*3**2)|', 'n8', '10'],
    ['|(7/-2) (-7%3) (1-2-3)|', 'n1', '-3 -1 -4'],
    ['|(mknum("ab"))|', 'n1', '195'],
    ['|(\\w)(\\d+)|(a2idx($1)).(a2zidx($1)).(ord($1))|', 'C7', '3.2.67'],
    ['|(dim2idx(2, 10, 3, 8, 4, 8, 5))|', 'n1', '797'],
    ["|(skip($1, '3'))|", 'n10', '9'],
    ["|(skip($1, '3:2'))|", 'n10', '8'],
    ["|(skip($1, '3:2'))|", 'n5', '3'],
    ["|(skip($1, '3:2,6'))|", 'n10', '7'],
    ["|(skip($1, '6,3:2'))|", 'n2', '2'],
    ['|(ipadd(10,10,10,10,0,0,0))|', 'n1', '10.10.10.10'],
    ['|(ipadd(10,10,10,10,$1,0,0))|', 'n245', '10.10.10.255'],
    ['|(ipadd(10,10,10,10,$1,0,0))|', 'n246', '10.10.11.0'],
    ['|(ipadd(10,0,0,1,$1,1,1))|', 'n254', '10.0.1.1'],
    ['|(ipadd(10,0,255,255,$1))|', 'n1', '10.1.0.0'],
    ['|(a)?b|x($1)|', 'b', 'x'],
  ])('%s for %s is %s', ([text, node, expected]) => {
    expect(valueOf(text, node)).toBe(expected);
  });

  test.for(['plain', '/a/b', '/a/b/c/', 'a|b|c', '|a', '|', 'aa:bb!x|cc:dd', ''])(
    '%s is a plain one',
    (text) => {
      expect(parseRegexValue(text)).toBeUndefined();
    },
  );

  test.for<[string, string, string]>([
    ['|\\D+(\\d+)|10.0.0.($1)|', 'n12b', 'does not match all of n12b'],
    ['|(\\d+)|10.0.0.($1)|', 'n12', 'does not match all of n12'],
    ['|n(\\d+)|10.0.0.($1)|', 'login', 'does not match all of login'],
    ['|10.0.0.($1)|', 'login', 'there is no $1'],
    ['|rack$2|', 'n1', 'there is no $2'],
    ['|n(\\d)|($2)|', 'n1', 'there is no $2'],
    ['|(1/0)|', 'n1', 'divides by 0'],
    ['|(1%($1-1))|', 'n1', 'divides by 0'],
    ['|(\\D+).*|($1+1)|', 'n1', '"n" is no whole number'],
    ['|(9**99)|', 'n1', 'is no whole number'],
    ['|(99999999999999999999)|', 'n1', 'is no whole number'],
    ['|(010)|', 'n1', 'begins with a zero'],
    ['|(1+)|', 'n1', 'ends too early'],
    ['|()|', 'n1', 'ends too early'],
    ['|(1 1)|', 'n1', '1 is in its way'],
    ['|($1;2)|', 'n1', ';2 is no arithmetic'],
    ['|(`id`)|', 'n1', 'is no arithmetic'],
    ['|(system("id"))|', 'n1', 'there is no function system'],
    ['|(constructor(1))|', 'n1', 'there is no function constructor'],
    ['|(a2idx(1))|', 'n1', 'does not begin with a letter'],
    ["|(skip($1, '3:2'))|", 'n4', 'leaves out'],
    ['|(ipadd(1,2,3))|', 'n1', 'ipadd takes'],
    ['|(ipadd(255,255,255,255,1))|', 'n1', 'no address'],
    ['|(ipadd(1,1,1,1,1,200,100))|', 'n1', 'leaves out every address'],
    ['|(1|', 'n1', 'do not match'],
    ['|1)|', 'n1', 'do not match'],
    [`|${'x'.repeat(3000)}|`, 'n1', 'too long'],
  ])('%s for %s is refused: %s', ([text, node, problem]) => {
    expect(() => valueOf(text, node)).toThrow(failure('ERR_STATELITE_ROW', problem));
  });

  test.for(['/(/x/', '|(?>a)|($1)|', '|\\Qa\\E|x|'])('%s has a bad regex', (text) => {
    expect(() => valueOf(text, 'n1')).toThrow(failure('ERR_STATELITE_USAGE'));
  });

  test('whatever is written, is a text or none, or is refused', () => {
    const piece = fc.constantFrom(
      ...'| / ( ) $1 ${2} + ** \\d+ \\D n 12 , " skip ipadd a2idx [ ] [:alpha:] ? .* - %'.split(
        ' ',
      ),
      "'",
      ' ',
    );
    const anyValue = fc.array(piece, { maxLength: 14 }).map((pieces) => `|${pieces.join('')}|`);
    fc.assert(
      fc.property(anyValue, (text) => {
        expect(attempt(() => valueOf(text, 'n12')) ?? '').toBeTypeOf('string');
      }),
      { numRuns: 1000 },
    );
  });

  test('arithmetic is that of integers', () => {
    const number = fc.integer({ min: 1, max: 1000 });
    fc.assert(
      fc.property(number, number, number, (a, b, c) => {
        const expected = String(Math.trunc((a + b * c) / c) - (a % b));
        expect(valueOf(`|(($1+${b}*${c})/${c}-$1%${b})|`, `n${a}`)).toBe(expected);
      }),
    );
  });
});
