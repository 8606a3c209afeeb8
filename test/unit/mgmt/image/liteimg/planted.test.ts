import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lexical, plantedOriginal } from '../../../../../agent/rules/walk.ts';
import {
  isTopmostLink,
  plantedTarget,
  throughTarget,
} from '../../../../../mgmt/image/liteimg/planted.ts';

describe('the two links of an entry (semantics 4.1)', () => {
  test.for([
    ['/motd', './.statelite/tmpfs/motd', '../../.default/motd'],
    ['/etc/ntp.conf', '../.statelite/tmpfs/etc/ntp.conf', '../../../.default/etc/ntp.conf'],
    ['/a/b/c', '../../.statelite/tmpfs/a/b/c', '../../../../.default/a/b/c'],
  ])('of %s', ([path = '', planted, through]) => {
    expect(plantedTarget(path)).toBe(planted);
    expect(throughTarget(path)).toBe(through);
  });

  test.for(['/x', '/etc/x', '/a b/&/$c/d'])('lead from %s to its original', (path) => {
    expect(plantedOriginal(path, plantedTarget(path))).toBe(`/.default${path}`);
    const through = lexical(dirname(path), plantedTarget(path));
    expect(lexical(dirname(through), throughTarget(path))).toBe(`/.default${path}`);
  });
});

describe('which links are planted (semantics 4.3)', () => {
  const entries = new Map([
    ['/a', { option: 'link' }],
    ['/a/b', { option: 'link' }],
    ['/c', { option: 'tmpfs' }],
    ['/d/e', { option: 'link,ro' }],
  ] as const);

  test.for([
    ['/a', true],
    ['/a/b', false],
    ['/c', false],
    ['/d', false],
    ['/d/e', true],
  ] as const)('%s: %s', ([path, planted]) => {
    expect(isTopmostLink(entries, path)).toBe(planted);
  });
});
