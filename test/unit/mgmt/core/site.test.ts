import { describe, expect, test } from 'vitest';
import { siteOf } from '../../../../mgmt/core/site.ts';
import { tableRows } from '../../../helpers/cluster.ts';
import { failure } from '../../../helpers/rows.ts';

const siteWith = (values: Record<string, string>, overrides = {}) => {
  const rows = Object.entries(values).map(([key, value]) => ({ key, value }));
  return siteOf(tableRows({ site: rows }).site, overrides);
};

describe('the site table', () => {
  test('has defaults for what has no row or a blank one, and no master', () => {
    const { installdir, tftpdir, port, get } = siteWith({ tftpdir: '' });
    expect([installdir, tftpdir, get('master')]).toEqual(['/install', '/tftpboot', undefined]);
    expect([port('xcatdport'), port('xcatiport'), port('httpport')]).toEqual([3001, 3002, 80]);
  });

  test('gives its directories way to those of this machine', () => {
    const { installdir, tftpdir, get } = siteWith(
      { installdir: '/site/install', tftpdir: '/site/tftp' },
      { installdir: '/here', tftpdir: undefined },
    );
    expect([installdir, tftpdir, get('installdir')]).toEqual(['/here', '/site/tftp', '/here']);
  });

  test.for(['0', '65536', '3001x', '-1', '3e3'])('port %s is refused', (xcatdport) => {
    expect(() => siteWith({ xcatdport }).port('xcatdport')).toThrow(
      failure('ERR_STATELITE_TABLE', 'key=xcatdport', xcatdport),
    );
  });
});
