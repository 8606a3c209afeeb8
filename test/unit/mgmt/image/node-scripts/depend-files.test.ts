import { describe, expect, test } from 'vitest';
import {
  inOrderOfStart,
  inOrderOfStop,
} from '../../../../../mgmt/image/node-scripts/depend-files.ts';

const start = 'TARGETS = cron rc.local\nINTERACTIVE =\nrc.local: cron\n';
const stop = 'TARGETS = cron sendsigs halt\nsendsigs: cron\nhalt: sendsigs\n';

describe('a service', () => {
  test('starts after all others', () => {
    expect(inOrderOfStart(start, 'node')).toBe(
      'TARGETS = cron rc.local node\nINTERACTIVE =\nrc.local: cron\nnode: cron rc.local\n',
    );
  });

  test('stops before all others', () => {
    expect(inOrderOfStop(stop, 'node')).toBe(
      'TARGETS = node cron sendsigs halt\nsendsigs: node cron\nhalt: node sendsigs\ncron: node\n',
    );
  });

  test('is alone where there is no other', () => {
    expect(inOrderOfStart('TARGETS =\n', 'node')).toBe('TARGETS = node\nnode:\n');
    expect(inOrderOfStop('TARGETS =', 'node')).toBe('TARGETS = node\n');
  });

  test.for([inOrderOfStart, inOrderOfStop])('is put there once: %o', (edit) => {
    const once = edit(start, 'node');
    expect(edit(once, 'node')).toBe(once);
    expect(edit('no such file\n', 'node')).toBe('no such file\n');
  });
});
