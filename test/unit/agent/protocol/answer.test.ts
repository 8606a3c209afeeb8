import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BootAnswer, decodeAnswer } from '../../../../agent/protocol/answer.ts';
import { StateliteError } from '../../../../agent/errors.ts';
import { failure } from '../../../helpers/rows.ts';

const answer: BootAnswer = {
  node: 'cn01',
  image: 'rhel9-compute',
  litefile: [{ file: '/etc/motd', options: '', specificity: 'image' }],
  litetree: [{ priority: '1', directory: 'mn:/lite', mntopts: 'soft', specificity: 'ALL' }],
  permission: '755',
};

describe('a boot answer', () => {
  test('is taken as it is', () => {
    expect(decodeAnswer(answer)).toEqual(answer);
    expect(decodeAnswer({ ...answer, litefile: [], litetree: [] })).toMatchObject({ litefile: [] });
  });

  test('survives the wire', () => {
    expect(decodeAnswer(JSON.parse(JSON.stringify(answer)))).toEqual(answer);
  });

  test('keys of a newer daemon are left out', () => {
    const newer = {
      ...answer,
      later: 1,
      litefile: [{ ...answer.litefile[0], comments: 'x' }],
    };
    expect(decodeAnswer(newer)).toEqual(answer);
  });

  const [litefile] = answer.litefile;
  const [litetree] = answer.litetree;

  test.for([
    ['answer is not an object', null],
    ['answer is not an object', 'text'],
    ['answer is not an object', []],
    ['node is not a string', { ...answer, node: 1 }],
    ['node is not a string', { ...answer, node: undefined }],
    ['image is not a string', { ...answer, image: null }],
    ['litefile is not a list', { ...answer, litefile: {} }],
    ['litetree is not a list', { ...answer, litetree: undefined }],
    ['litefile[1] is not an object', { ...answer, litefile: [litefile, 'x'] }],
    ['litefile[0] is not an object', { ...answer, litefile: [[]] }],
    ['file is not a string', { ...answer, litefile: [{ ...litefile, file: ['/etc'] }] }],
    ['options is not a string', { ...answer, litefile: [{ ...litefile, options: null }] }],
    ['mntopts is not a string', { ...answer, litetree: [{ ...litetree, mntopts: 0 }] }],
    ['priority is not a string', { ...answer, litetree: [{ ...litetree, priority: 1 }] }],
    ['specificity is "all"', { ...answer, litefile: [{ ...litefile, specificity: 'all' }] }],
    [
      'specificity is "toString"',
      { ...answer, litefile: [{ ...litefile, specificity: 'toString' }] },
    ],
    ['partition is not an object', { ...answer, partition: 'enable=yes' }],
    ['partition.kind is "s"', { ...answer, partition: { kind: 's', text: '' } }],
    ['text is not a string', { ...answer, partition: { kind: 'script', text: ['x'] } }],
    ['permission "rwx"', { ...answer, permission: 'rwx' }],
    ['permission "75"', { ...answer, permission: '75' }],
    ['permission "755,size=1"', { ...answer, permission: '755,size=1' }],
    ['permission "888"', { ...answer, permission: '888' }],
    ['permission "755\\n"', { ...answer, permission: '755\n' }],
  ] as const)('is refused: %s', ([reason, value]) => {
    expect(() => decodeAnswer(value)).toThrow(failure('ERR_STATELITE_ANSWER', reason));
  });

  test('may say how the local disk is divided', () => {
    const partition = { kind: 'format', text: 'enable=yes\n' };
    expect(decodeAnswer({ ...answer, partition })).toEqual({ ...answer, partition });
  });

  test('of any other shape is refused in words, never with a crash', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (value) => {
        expect(() => decodeAnswer(value)).toThrow(StateliteError);
      }),
    );
  });
});
