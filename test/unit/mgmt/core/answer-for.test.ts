import { describe, expect, test } from 'vitest';
import { decodeAnswer } from '../../../../agent/protocol/answer.ts';
import { answerFor, imageOf, statemntOf } from '../../../../mgmt/core/answer-for.ts';
import { clusterOf } from '../../../helpers/cluster.ts';
import { failure } from '../../../helpers/rows.ts';

const tables = {
  nodelist: [{ node: 'n1', groups: 'compute' }, { node: 'n2' }, { node: 'bare' }],
  nodetype: [
    { node: 'compute', provmethod: 'img' },
    { node: 'n2', os: 'sles11', arch: 'x86_64', profile: 'web', provmethod: 'statelite' },
  ],
  osimage: [{ imagename: 'img', groups: 'hpc, lab' }],
  linuximage: [{ imagename: 'img', permission: '750' }],
  litefile: [
    { image: 'ALL', file: '/etc/motd' },
    { image: 'other', file: '/other', options: 'ro' },
    { image: 'lab', file: '/lab/', options: 'persistent' },
    { image: '', file: '/blank', options: 'tmpfs' },
    { image: 'img', file: '/etc/motd', options: 'con' },
    { image: 'img', file: '/gone', options: 'con', disable: '1' },
    { image: 'hpc, lab', file: '/string' },
  ],
  litetree: [
    { priority: '2', image: 'ALL', directory: 'srv:/common', mntopts: 'soft' },
    { priority: '1', image: 'hpc', directory: 'srv:/node/$node' },
    { priority: '0', image: 'other', directory: 'srv:/$nodetype.nothing' },
  ],
  statelite: [{ node: 'compute', statemnt: 'srv:/state/$node', mntopts: 'nofail' }],
};
const cluster = clusterOf(tables);

describe('the answer for a node', () => {
  test('has the rows that apply to its image, each with how precisely it names it', () => {
    expect(answerFor('n1', cluster)).toEqual({
      node: 'n1',
      image: 'img',
      litefile: [
        { file: '/etc/motd', options: '', specificity: 'ALL' },
        { file: '/lab/', options: 'persistent', specificity: 'group' },
        { file: '/blank', options: 'tmpfs', specificity: 'blank' },
        { file: '/etc/motd', options: 'con', specificity: 'image' },
      ],
      litetree: [
        { priority: '2', directory: 'srv:/common', mntopts: 'soft', specificity: 'ALL' },
        { priority: '1', directory: 'srv:/node/n1', mntopts: '', specificity: 'group' },
      ],
      permission: '750',
    });
  });

  test('is one that the agent accepts', () => {
    const answer = answerFor('n1', cluster);
    expect(decodeAnswer(JSON.parse(JSON.stringify(answer)))).toEqual(answer);
  });

  test('has the rows for ALL and blank if the image is not defined', () => {
    const { image, litefile, permission } = answerFor('n2', cluster);
    expect([image, permission]).toEqual(['sles11-x86_64-statelite-web', '755']);
    expect(litefile.map(({ file }) => file)).toEqual(['/etc/motd', '/blank']);
  });

  test('of a node that does not exist is an error with the nearest name', () => {
    expect(() => answerFor('n3', cluster)).toThrow(
      failure('ERR_STATELITE_NOT_FOUND', 'there is no node n3'),
    );
  });

  test('names row and node if a tree has a variable without value', () => {
    const other = clusterOf({ ...tables, nodetype: [{ node: 'n1', provmethod: 'other' }] });
    expect(() => answerFor('n1', other)).toThrow(
      failure('ERR_STATELITE_VARIABLE', 'priority=0', 'nodetype has no column nothing'),
    );
  });
});

describe('the image of a node', () => {
  test.for(['', 'statelite', 'netboot', 'install'])(
    'with provmethod "%s" is composed',
    (provmethod) => {
      const nodetype = [{ node: 'n1', os: 'debian12', arch: 'x86_64', profile: 'web' }];
      const written = clusterOf({
        nodelist: [{ node: 'n1' }],
        nodetype: nodetype.map((row) => (provmethod === '' ? row : { ...row, provmethod })),
      });
      expect(imageOf('n1', written)).toBe('debian12-x86_64-statelite-web');
    },
  );

  test('is an error without provmethod and profile', () => {
    expect(() => imageOf('bare', cluster)).toThrow(
      failure('ERR_STATELITE_NOT_FOUND', 'bare has no image'),
    );
  });
});

describe('the persistent directory of a node', () => {
  test('is the row of its group, with variables in place', () => {
    expect(statemntOf('n1', cluster)).toEqual({ location: 'srv:/state/n1', mntopts: 'nofail' });
  });

  test('is none without a row', () => {
    expect(statemntOf('n2', cluster)).toBeUndefined();
  });
});
