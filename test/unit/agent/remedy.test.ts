import { describe, expect, test } from 'vitest';
import type { Change } from '../../../agent/plan/step.ts';
import { remedy } from '../../../agent/remedy.ts';

const from = { root: '/.default', path: '/f' };
const copyTo = (to: string): Change => ({ kind: 'copy', from, to });
const steps = {
  memory: copyTo('/.statelite/tmpfs/f'),
  persistent: copyTo('/.statelite/persistent/f'),
  localdisk: { kind: 'mount-point', path: '/.sllocal/localmnt/f', type: 'file' },
  record: { kind: 'record', store: 'persistent', list: 'filled', lines: [] },
  bind: { kind: 'bind', source: '/.default', target: '/.default', readonly: true },
} as const satisfies Record<string, Change>;

describe('5.6 what an operator can do about a failed step', () => {
  test.for([
    ['ENOSPC', 'memory', 'the tmpfs is full'],
    ['ENOSPC', 'persistent', 'the persistent store is full'],
    ['EDQUOT', 'record', 'the persistent store is full'],
    ['ENOSPC', 'localdisk', 'the localdisk store is full'],
    ['EROFS', 'persistent', 'export it read-write'],
    ['EACCES', 'persistent', 'no_root_squash'],
    ['EPERM', 'record', 'no_root_squash'],
    ['ESTALE', 'persistent', 'boot the node again'],
    ['EIO', 'memory', 'NFS server'],
    ['ETIMEDOUT', 'bind', 'NFS server'],
    ['ELOOP', 'bind', 'statelite.log'],
  ] as const)('%s at a step of kind %s: %s', ([code, kind, words]) => {
    const error = Object.assign(new Error(`${code}: x`), { code });
    expect(remedy(error, steps[kind])).toContain(words);
  });

  test('for what is no system error: the log', () => {
    expect(remedy(new Error('?'), steps.memory)).toContain('/.statelite/statelite.log');
  });
});
