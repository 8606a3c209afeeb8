import { describe, expect, test } from 'vitest';
import { explainError, hasCode, StateliteError } from '../../../agent/errors.ts';

describe('a failure the operator can act on', () => {
  test('has a code, a hint and a cause', () => {
    const cause = new Error('why');
    const error = new StateliteError('ERR_STATELITE_STEP', 'what', { hint: 'do', cause });
    expect(error).toMatchObject({ name: 'StateliteError', code: 'ERR_STATELITE_STEP', hint: 'do' });
    expect(error.cause).toBe(cause);
    expect(error).toBeInstanceOf(Error);
  });

  test('is told as code and message, every cause, then the hint', () => {
    const root = Object.assign(new Error('ENOSPC: write'), { code: 'ENOSPC' });
    const middle = new Error('copy failed', { cause: root });
    const error = new StateliteError('ERR_STATELITE_STEP', 'cannot copy a to b', {
      hint: 'make room',
      cause: middle,
    });
    expect(explainError(error)).toEqual([
      'ERR_STATELITE_STEP: cannot copy a to b',
      'cause: copy failed',
      'cause: ENOSPC: write',
      'hint: make room',
    ]);
  });

  test('without hint and cause is one line', () => {
    expect(explainError(new StateliteError('ERR_STATELITE_ROW', 'bad row'))).toEqual([
      'ERR_STATELITE_ROW: bad row',
    ]);
  });
});

test('a bug is told with its stack, and with what caused it', () => {
  const [first, second] = explainError(new TypeError('oops', { cause: new Error('deep') }));
  expect(first).toContain('TypeError: oops');
  expect(first).toContain('errors.test.ts');
  expect(second).toBe('cause: deep');
});

test('what is no error at all is told as it is', () => {
  expect(explainError('just words')).toEqual(['just words']);
});

test.for([
  [Object.assign(new Error('x'), { code: 'ENOENT' }), true],
  [Object.assign(new Error('x'), { code: 'EACCES' }), true],
  [Object.assign(new Error('x'), { code: 'EIO' }), false],
  [new Error('ENOENT'), false],
  [{ code: 'ENOENT' }, false],
  ['ENOENT', false],
  [undefined, false],
] as const)('hasCode of %o: %s', ([error, expected]) => {
  expect(hasCode(error, 'ENOENT', 'EACCES')).toBe(expected);
});
