import { describe, expect, test } from 'vitest';
import { validateRow } from '../../../../mgmt/core/validate-row.ts';
import { failure } from '../../../helpers/rows.ts';

type Case = [string, Record<string, string>];

describe('a row that a node could not use is refused when it is written', () => {
  test.for<Case>([
    ['litefile', { image: 'ALL', file: 'etc/motd' }],
    ['litefile', { image: 'ALL', file: 'etc/motd', disable: '' }],
    ['litefile', { image: 'ALL', file: 'etc/motd', disable: 'No' }],
    ['litefile', { image: 'ALL', file: '/etc/motd', options: 'nfs' }],
    ['litetree', { priority: 'high', directory: 'srv:/lite' }],
    ['litetree', { priority: '1', directory: 'lite' }],
    ['litetree', { priority: '1', directory: 'srv:/lite/../etc/$node' }],
    ['litetree', { priority: '1', directory: 'srv:/lite', mntopts: 'soft,,nolock' }],
    ['statelite', { node: 'n1', statemnt: '/state' }],
    ['statelite', { node: 'n1', statemnt: 'srv' }],
    ['statelite', { node: 'n1', statemnt: 'srv:/state', mntopts: 'a b' }],
    ['policy', { priority: 'first', rule: 'allow' }],
    ['nodelist', { node: '../n1' }],
    ['nodelist', { node: '' }],
    ['nodelist', { node: 'a'.repeat(256) }],
    ['osimage', { imagename: 'a b' }],
    ['linuximage', { imagename: '.hidden' }],
    ['litefile', { image: 'ALL', file: '/var/', options: 'con' }],
    ['litefile', { image: 'ALL', file: '/proc/sys', options: '' }],
    ['litetree', { priority: '1', directory: '' }],
    ['policy', { priority: '4.7', rule: 'disallow' }],
    ['osimage', { imagename: 'img', nfsrootopts: 'noac, timeo=600' }],
    ['osimage', { imagename: 'img', nfsrootopts: 'noac,' }],
    ['networks', { net: '10.0.0', mask: '255.255.255.0' }],
    ['networks', { net: '10.0.0.0', mask: '255.255.0.255' }],
    ['networks', { net: '10.0.0.0', mask: '24' }],
    ['networks', { net: '10.0.0.1', mask: '255.255.255.0' }],
    ['networks', { net: 'fd00::', mask: '/129' }],
    ['mac', { node: 'n1', mac: '52:54:00:00:00' }],
    ['mac', { node: 'n1', mac: '52:54:00:00:00:01|' }],
    ['mac', { node: 'n1', mac: '52:54:00:00:00:01!a b' }],
    ['mac', { node: 'n1', mac: '52:54:00:00:00:01!a!b' }],
    ['hosts', { node: 'n1', ip: '10.0.0.300' }],
    ['hosts', { node: 'n1', ip: 'n1.cluster' }],
  ])('%s %j', ([table, row]) => {
    expect(() => validateRow(table, row)).toThrow(failure('ERR_STATELITE_ROW'));
  });

  test.for<Case>([
    ['litetree', { priority: '1', directory: 'srv:/$nodetyp.os' }],
    ['statelite', { node: 'n1', statemnt: '$noderes.nfssserver:/lite' }],
    ['litetree', { priority: '1', directory: '$noderes.nfsserver:/x/#CMD=uname -r' }],
  ])('%s %j, for its variable', ([table, row]) => {
    expect(() => validateRow(table, row)).toThrow(failure('ERR_STATELITE_VARIABLE', table));
  });
});

test.for<[string, Record<string, string>, string]>([
  [
    'litefile',
    { image: 'ALL', file: 'etc/motd' },
    'litefile row image=ALL,file=etc/motd, column file: "etc/motd" is not absolute',
  ],
  [
    'litefile',
    { image: 'ALL', file: '/a"b', options: 'volatile' },
    'litefile row image=ALL,file=/a"b, column options: unknown options "volatile"',
  ],
  [
    'litefile',
    { image: 'ALL', file: '/a/', options: 'con' },
    'litefile row image=ALL,file=/a/, column options: "/a/" is a directory and cannot be concatenated',
  ],
  [
    'litetree',
    { priority: 'one', directory: '/x' },
    'litetree row priority=one,image=, column priority: "one" is not a number',
  ],
  [
    'statelite',
    { node: 'n1', statemnt: '/state' },
    'statelite row node=n1, column statemnt: "/state" names no server',
  ],
  [
    'networks',
    { net: '10.1.2.3', mask: '255.255.0.0' },
    'networks row net=10.1.2.3,mask=255.255.0.0, column mask: 10.1.2.3 is an address in the network 10.1.0.0 with mask 255.255.0.0',
  ],
  ...['rw', 'defaults'].map((word): [string, Record<string, string>, string] => [
    'osimage',
    { imagename: 'img', nfsrootopts: `noac,${word}` },
    `osimage row imagename=img, column nfsrootopts: nfsrootopts cannot contain '${word}'; statelite NFS roots are always read-only`,
  ]),
])('a refusal of a %s row names row, column, value and rule', ([table, row, message]) => {
  expect(() => validateRow(table, row)).toThrow(expect.objectContaining({ message }));
});

describe('a row is taken', () => {
  test.for<Case>([
    ['osimage', { imagename: 'img', nfsrootopts: 'ro,noac' }],
    ['policy', { priority: '4.7', commands: 'litefile', rule: 'allow' }],
    ['policy', { priority: '1', name: 'root', rule: 'Trusted' }],
    ['policy', { priority: '9' }],
    ['networks', { net: '10.0.0.0', mask: '255.0.0.0' }],
    ['networks', { net: '0.0.0.0', mask: '0.0.0.0' }],
    ['networks', { net: '10.0.0.4', mask: '255.255.255.255' }],
    ['networks', { net: 'fd00::', mask: '/64' }],
    ['networks', { net: 'fd00::', mask: '64' }],
    ['mac', { node: 'n1', mac: '52:54:00:00:00:01' }],
    ['mac', { node: 'n1', mac: '525400000001!n1|52-54-00-00-00-02!*NOIP*|52:54:00:00:00:03' }],
    ['mac', { node: 'g', mac: '|52:54:00:00:00:0($1)|' }],
    ['hosts', { node: 'n1', ip: 'fd00::1' }],
    ['hosts', { node: 'g', ip: '|\\D+(\\d+)|10.0.0.($1+10)|' }],
    ['hosts', { node: 'g', ip: '/n/10.0.0./' }],
    ['hosts', { node: 'g' }],
    ['statelite', { node: 'g', statemnt: '|^.*$||' }],
    ['statelite', { node: 'g', statemnt: '|n(\\d+)|srv$1:/state|' }],
    ['litefile', { image: 'ALL', file: '/etc/ntp.conf', options: 'bind' }],
    ['litefile', { image: 'ALL', file: 'bad', options: 'bad', disable: 'yes' }],
    ['litetree', { priority: '1.5', directory: '$noderes.nfsserver:/l/$node', mntopts: 'soft' }],
    ['litetree', { priority: '1', directory: '$site.tree/sub' }],
    ['litetree', { priority: '1', directory: '/of/the/image' }],
    ['statelite', { node: 'compute', statemnt: '[fe80::1]:/state' }],
    ['nodelist', { node: 'cn-01.cluster' }],
    ['site', { key: 'anything', value: 'at all' }],
  ])('%s %j', ([table, row]) => {
    expect(() => validateRow(table, row)).not.toThrow();
  });
});
