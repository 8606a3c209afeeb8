import { describe, expect, test } from 'vitest';
import { mountsBelow } from '../../../../agent/machine/mounts.ts';

/** Lines of /proc/self/mountinfo; only the fifth word matters here. */
function mountinfo(...points: string[]): string {
  return points.map((point, index) => `${index + 20} 1 0:21 / ${point} rw - tmpfs x rw\n`).join('');
}

describe('mount points below a directory', () => {
  test('come the last mounted first, without the directory itself and its neighbours', () => {
    const text = mountinfo(
      '/',
      '/newroot',
      '/newroot/.statelite',
      '/newroot2/x',
      '/newroot/etc/motd',
      '/proc',
      '/newroot/.statelite/persistent',
    );
    expect(mountsBelow(text, '/newroot')).toEqual([
      '/newroot/.statelite/persistent',
      '/newroot/etc/motd',
      '/newroot/.statelite',
    ]);
  });

  test('one that was mounted twice comes twice', () => {
    expect(mountsBelow(mountinfo('/newroot/a', '/newroot/a'), '/newroot')).toEqual([
      '/newroot/a',
      '/newroot/a',
    ]);
  });

  test('blanks, tabs, newlines and backslashes are read back', () => {
    const text = mountinfo('/newroot/a\\040b\\011c\\012d\\134e', '/newroot/\\043ä');
    expect(mountsBelow(text, '/newroot')).toEqual(['/newroot/#ä', '/newroot/a b\tc\nd\\e']);
  });

  test('none is none', () => {
    expect(mountsBelow('', '/newroot')).toEqual([]);
  });
});
