import { describe, expect, test } from 'vitest';
import { foreignMounts, parseExclusions } from '../../../../../mgmt/image/port/capture-exclude.ts';
import { failure } from '../../../../helpers/rows.ts';

const mount = (point: string, fstype: string) => `36 35 98:0 / ${point} rw - ${fstype} source rw`;

describe('what is left out of a captured root', () => {
  test('is what is mounted from elsewhere than disks, each place once', () => {
    const mountinfo = [
      mount('/', 'xfs'),
      mount('/proc', 'proc'),
      mount('/proc/sys/fs/binfmt_misc', 'binfmt_misc'),
      mount('/home', 'nfs4'),
      mount('/var', 'ext4'),
      mount('/srv/a\\040b*', 'tmpfs'),
    ].join('\n');
    expect(foreignMounts(mountinfo, 'cn1')).toEqual({
      points: ['/proc', '/home', '/srv/a b*'],
      patterns: ['./proc', './home', './srv/a b\\*'],
    });
  });

  test.for(['nfs', 'nfs4', 'tmpfs', 'rootfs'])(
    'is nothing of a node whose root is %s',
    (fstype) => {
      const refused = failure('ERR_STATELITE_IMAGE', 'cn1', fstype);
      expect(() => foreignMounts(mount('/', fstype ?? ''), 'cn1')).toThrow(refused);
    },
  );

  test('is what a list says; comments and blank lines do not count', () => {
    const text = '# volatile\n\n./tmp/*\n  -./srv/scratch/\n';
    expect(parseExclusions(text, 'x.exlist')).toEqual(['./tmp/*', './srv/scratch']);
  });

  test.for(['/tmp', '.', './', '+./tmp/keep', 'tmp'])('%s is refused, with the line', (line) => {
    const refused = failure('ERR_STATELITE_IMAGE', 'x.exlist line 2', JSON.stringify(line));
    expect(() => parseExclusions(`./a\n${line}\n`, 'x.exlist')).toThrow(refused);
  });
});
