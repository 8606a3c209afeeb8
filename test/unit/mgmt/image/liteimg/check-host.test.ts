import { describe, expect, test } from 'vitest';
import { mountsBelow } from '../../../../../mgmt/image/liteimg/check-host.ts';

const line = (point: string) => `36 35 98:0 / ${point} rw,noatime - ext3 /dev/root rw`;

describe('mount points below a directory', () => {
  test('are told apart from those beside it and from itself', () => {
    const points = ['/', '/img', '/img/proc', '/img/proc', '/image', '/other/img/proc'];
    expect(mountsBelow(points.map(line).join('\n'), '/img')).toEqual(['/img/proc']);
  });

  test('may hold blanks, backslashes and what is no ASCII', () => {
    const text = line(Buffer.from(String.raw`/img/a\040b\134c/ü`).toString('latin1'));
    expect(mountsBelow(text, '/img')).toEqual([String.raw`/img/a b\c/ü`]);
  });
});
