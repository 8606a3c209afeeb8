import { execFileSync } from 'node:child_process';
import { constantFrom, sample, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasCode } from '../../../../agent/errors.ts';
import {
  renderScriptLine,
  shellQuoted,
  shellWord,
} from '../../../../mgmt/postscripts/shell-words.ts';
import { failure } from '../../../helpers/rows.ts';

/** The words that sh makes of a line. */
function wordsOf(line: string): string[] {
  const program = `set -- ${line}\nfor word in "$@"; do printf '%s\\0' "$word"; done`;
  const env = { NODE: 'n1 $(touch /tmp/never)' };
  return execFileSync('sh', ['-c', program], { encoding: 'utf8', env }).split('\0').slice(0, -1);
}

describe('a value', () => {
  test.for([`it's`, '$(reboot)', '`reboot`', '"a" \\ b', '', ' a  b ', '$HOME ${HOME} * ~ # !'])(
    'is what it is, for a shell: %j',
    (value) => {
      expect(wordsOf(shellQuoted(value))).toEqual([value]);
      expect(wordsOf(shellWord(value))).toEqual([value]);
    },
  );

  test('has no quotes where a shell needs none', () => {
    expect(['10.0.0.1', '/a-b_c', 'a=b,c', '', '~', 'a*'].map(shellWord)).toEqual([
      '10.0.0.1',
      '/a-b_c',
      'a=b,c',
      "''",
      "'~'",
      "'a*'",
    ]);
  });

  test('stands on one line, whatever it holds', () => {
    expect(shellQuoted('a\nreboot\r\nb\u2028c\0d')).toBe("'a reboot b c d'");
  });

  test('is one word, any of them', () => {
    const values = sample(string({ unit: 'binary' }), 200).map(shellQuoted);
    const inside = values.map((text) => text.slice(1, -1).replaceAll(String.raw`'\''`, ''));
    expect(inside.filter((text) => /['\n]/u.test(text))).toEqual([]);
  });
});

describe('a script of a list', () => {
  test.for([
    ['syslog', ['syslog']],
    ['  confignetwork  -s  ', ['confignetwork', '-s']],
    ['setup "a b" c\\ d \'e  $f\'', ['setup', 'a b', 'c d', 'e  $f']],
    ['site/first.sh --at=10:30', ['site/first.sh', '--at=10:30']],
    ["say 'it'\\''s' \"\" x''y", ['say', "it's", '', 'xy']],
    ['glob * ? [a] ~ #x !', ['glob', '*', '?', '[a]', '~', '#x', '!']],
    ['quoted "a\\b \\" \\$x"', ['quoted', 'a\\b " $x']],
    ['node $NODE ${NODE}x', ['node', 'n1 $(touch /tmp/never)', 'n1 $(touch /tmp/never)x']],
  ] as const)('keeps its arguments: %s', ([text, words]) => {
    expect(wordsOf(renderScriptLine(text, 'row'))).toEqual(words);
  });

  test.for([
    'a; reboot',
    'a && reboot',
    'a | sh',
    'a > /etc/passwd',
    'a $(reboot)',
    'a "`reboot`"',
    'a "$(reboot)"',
    'a ${x:-y}',
    'a (b)',
    '../../bin/sh',
    '/bin/sh -c reboot',
    '-x',
    '$NODE',
    'a/../b',
    "a 'b",
    '',
    'http://server/script',
  ])('is refused: %s', (text) => {
    expect(() => renderScriptLine(text, 'postscripts row of n1')).toThrow(
      failure('ERR_STATELITE_TABLE', 'postscripts row of n1', JSON.stringify(text)),
    );
  });

  test('never runs anything else, whatever it says', () => {
    const characters = 'ab \'"\\$`;&|<>(){}NODE\n#*-'.split('');
    const rests = sample(string({ unit: constantFrom(...characters) }), 200);
    const lines = rests.flatMap((rest) => rendered(`script ${rest}`));
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.filter((line) => line.includes('\n'))).toEqual([]);
    expect(lines.slice(0, 30).map((line) => wordsOf(line)[0])).toEqual(
      lines.slice(0, 30).map(() => 'script'),
    );
  });
});

/** Nothing for what is refused. */
function rendered(text: string): string[] {
  try {
    return [renderScriptLine(text, 'row')];
  } catch (error) {
    if (hasCode(error, 'ERR_STATELITE_TABLE')) return [];
    throw error;
  }
}
