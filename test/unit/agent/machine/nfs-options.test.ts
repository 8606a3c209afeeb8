import { describe, expect, test } from 'vitest';
import { mountData, splitNfsOptions } from '../../../../agent/machine/nfs-options.ts';

const all = ['4.2', '4.1', '4.0', '3'];

describe('option words', () => {
  test('are flags of mount(2), versions, and what the kernel reads', () => {
    expect(splitNfsOptions(['ro', 'nosuid', 'soft', 'timeo=30', 'vers=4.1', 'noatime'])).toEqual({
      flags: { readonly: true, nosuid: true, noatime: true },
      data: ['soft', 'timeo=30'],
      versions: ['4.1'],
    });
  });

  test('for mount(8) only are left out', () => {
    const words =
      'defaults,rw,async,suid,dev,exec,atime,relatime,auto,noauto,nofail,_netdev,user,bg,retry=2,x-systemd.automount';
    expect(splitNfsOptions(words.split(','))).toEqual({ flags: {}, data: [], versions: all });
  });

  test('that only look like those are kept', () => {
    const words = ['retrans=1', 'async2', 'sync', 'toString', 'sec=krb5'];
    expect(splitNfsOptions(words).data).toEqual(words);
  });

  test.for([
    [[], all],
    [['vers=4'], ['4.2', '4.1', '4.0']],
    [['vers=4.0'], ['4.0']],
    [['vers=3'], ['3']],
    [['nfsvers=3'], ['3']],
    [['v3'], ['3']],
    [['v4.1'], ['4.1']],
    [['vers=3', 'vers=4.2'], ['4.2']],
    [['vers=2'], []],
    [['vers=5'], []],
    [['vers='], []],
  ] as const)('%j try the versions %j', ([words, versions]) => {
    expect(splitNfsOptions(words)).toMatchObject({ data: [], versions });
  });
});

describe('the option string', () => {
  test.for([
    ['', '4.2', 'vers=4.2,addr=10.0.0.1'],
    ['hard,timeo=50', '4.0', 'hard,timeo=50,vers=4.0,addr=10.0.0.1'],
    ['ro,hard', '3', 'hard,nolock,proto=tcp,vers=3,addr=10.0.0.1'],
    ['lock', '3', 'lock,proto=tcp,vers=3,addr=10.0.0.1'],
    ['nolock', '3', 'nolock,proto=tcp,vers=3,addr=10.0.0.1'],
    ['proto=udp', '3', 'proto=udp,nolock,vers=3,addr=10.0.0.1'],
    ['udp', '3', 'udp,nolock,vers=3,addr=10.0.0.1'],
  ] as const)('%s for version %s is %s', ([words, version, expected]) => {
    const options = splitNfsOptions(words === '' ? [] : words.split(','));
    expect(mountData(options, version, '10.0.0.1')).toBe(expected);
  });

  test('version 3 over IPv6 says so: the kernel compares protocol and address', () => {
    const options = splitNfsOptions([]);
    expect(mountData(options, '3', 'fd00::1')).toBe('nolock,proto=tcp6,vers=3,addr=fd00::1');
    expect(mountData(options, '4.2', 'fd00::1')).toBe('vers=4.2,addr=fd00::1');
  });
});
