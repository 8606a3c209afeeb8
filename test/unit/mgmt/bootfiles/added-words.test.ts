import { expect, test } from 'vitest';
import { addedWords } from '../../../../mgmt/bootfiles/added-words.ts';
import { value } from './kernel-values.ts';

const words = (text: string) => addedWords(value(text, 'addkcmdline'));

test.for([
  ['', []],
  ['  quiet   x=y ', ['quiet', 'x=y']],
  ['R::installed quiet R::x=1', ['quiet']],
  ['forward=1 rwx xR::y', ['forward=1', 'rwx', 'xR::y']],
  ['dyndbg="file a.c +p" quiet', ['dyndbg="file a.c +p"', 'quiet']],
  ['"x=a b" c', ['"x=a b"', 'c']],
  ["it's a=$b;c", ["it's", 'a=$b;c']],
] as const)('%j is the words %j', ([text, expected]) => {
  expect(words(text)).toEqual(expected);
});

test.for([
  ['x="a b', 'has a quote without its end'],
  ['a "b" "', 'has a quote without its end'],
  ['quiet rw', 'cannot contain rw'],
  ['"rw"', 'cannot contain rw'],
  ['a\nroot=nfs:x', 'holds a control character'],
  ['a\u0000b', 'holds a control character'],
  ['quiet\u00a0debug', 'holds a blank of another kind'],
  ['a\u2028b', 'holds a blank of another kind'],
  ['a\u009bb', 'holds a control character'],
  ['a=#NODEATTRIB:nodetype:profile#', 'holds the macro a=#NODEATTRIB:nodetype:profile#'],
  ['a=#TABLE:site:key=master:value#', 'holds the macro'],
] as const)('%j is refused with row and column: it %s', ([text, reason]) => {
  expect(() => words(text)).toThrow(
    expect.objectContaining({
      code: 'ERR_STATELITE_BOOTFILE',
      message: expect.stringContaining(`noderes row node=n1: addkcmdline ${reason}`),
    }),
  );
});
