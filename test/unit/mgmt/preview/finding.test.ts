import { describe, expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import { findingOf, merged } from '../../../../mgmt/preview/finding.ts';

describe('findings', () => {
  test('of several nodes are one', () => {
    const one = { level: 'warning', image: 'a', message: 'm' } as const;
    expect(
      merged([
        { ...one, nodes: ['n1'] },
        { ...one, level: 'error' },
        { ...one, nodes: ['n2', 'n1'] },
      ]),
    ).toEqual([
      { ...one, nodes: ['n1', 'n2'] },
      { ...one, level: 'error' },
    ]);
  });

  test('take message and hint of a failure', () => {
    const error = new StateliteError('ERR_STATELITE_IMAGE', 'no image', { hint: 'genimage' });
    expect(findingOf(error, { image: 'a' })).toEqual({
      level: 'error',
      image: 'a',
      message: 'no image',
      hint: 'genimage',
    });
  });

  test('are never made of bugs', () => {
    expect(() => findingOf(new TypeError('bug'), {})).toThrow(TypeError);
  });
});
