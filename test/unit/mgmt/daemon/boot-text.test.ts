import { describe, expect, test } from 'vitest';
import type { BootAnswer } from '../../../../agent/protocol/answer.ts';
import { bootText } from '../../../../mgmt/daemon/boot-text.ts';

const litefile: BootAnswer['litefile'] = [
  { file: '/etc/motd "x"', options: 'tmpfs', specificity: 'ALL' },
];
const answer = (node: string): BootAnswer => ({
  node,
  image: 'compute',
  litefile,
  litetree: [],
  permission: '755',
});
const policy = { litefile: '4.7', litetree: '4.8' };

describe('bootText', () => {
  test('is the answer as JSON, with what is more to it', () => {
    const statemnt = { location: 'nas:/state', mntopts: '' };
    expect(JSON.parse(bootText(answer('n1'), { statemnt, policy }))).toEqual({
      ...answer('n1'),
      statemnt,
      policy,
    });
  });

  test('leaves out a statemnt that there is not', () => {
    const text = bootText(answer('n1'), { statemnt: undefined, policy });
    expect(JSON.parse(text)).toEqual({ ...answer('n1'), policy });
  });

  test('nodes of an image have the same rows and their own names', () => {
    const names = ['n1', 'n2'].map((node): unknown =>
      JSON.parse(bootText(answer(node), { statemnt: undefined, policy })),
    );
    expect(names).toEqual([
      { ...answer('n1'), policy },
      { ...answer('n2'), policy },
    ]);
  });
});
