import { describe, expect, test } from 'vitest';
import { escapeReader } from '../../../../mgmt/consoles/escape.ts';

/** What a reader gives for pieces that are typed one after the other; bytes as text. */
function read(...pieces: readonly string[]): string[] {
  const reader = escapeReader();
  return pieces.flatMap((piece) =>
    reader(Buffer.from(piece, 'latin1')).map((part) =>
      typeof part === 'string' ? `<${part}>` : part.toString('latin1'),
    ),
  );
}

describe('what is typed at a console', () => {
  test.for([
    ['.', 'disconnect'],
    ['a', 'attach'],
    ['f', 'force'],
    ['s', 'spy'],
    ['r', 'replay'],
    ['w', 'who'],
    ['?', 'help'],
    ['x', 'unknown'],
    ['\u0005', 'unknown'],
  ] as const)('^Ec%s is %s', ([letter, request]) => {
    expect(read(`\u0005c${letter}`)).toEqual([`<${request}>`]);
  });

  test('goes on to the node but for requests, in order', () => {
    expect(read('ls\r\u0005cwpwd\r\u0005c.')).toEqual(['ls\r', '<who>', 'pwd\r', '<disconnect>']);
  });

  test('may come byte by byte', () => {
    expect(read('a', '\u0005', 'c', '.', 'b')).toEqual(['a', '<disconnect>', 'b']);
  });

  test.for([
    ['\u0005x', ['\u0005x']],
    ['\u0005\u0005c.', ['\u0005', '<disconnect>']],
    ['cc.', ['cc.']],
    ['\u0003\u0000\u00FF', ['\u0003\u0000\u00FF']],
  ] as const)('%j is no request where it is none', ([typed, parts]) => {
    expect(read(typed)).toEqual(parts);
  });
});
