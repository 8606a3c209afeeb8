import { describe, expect, test } from 'vitest';
import { validateRow } from '../../../../mgmt/core/validate-row.ts';
import { failure } from '../../../helpers/rows.ts';

type Case = [string, Record<string, string>];

describe('a row that a node could not use is refused when it is written', () => {
  test.for<Case>([
    ['litefile', { image: 'ALL', file: 'etc/motd' }],
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
  ])('%s %j', ([table, row]) => {
    expect(() => validateRow(table, row)).toThrow(failure('ERR_STATELITE_ROW'));
  });

  test.for<Case>([
    ['litetree', { priority: '1', directory: 'srv:/$nodetyp.os' }],
    ['statelite', { node: 'n1', statemnt: '$noderes.nfssserver:/lite' }],
    ['litetree', { priority: '1', directory: '$noderes.nfsserver:/x/#CMD=uname -r#/' }],
  ])('%s %j, for its variable', ([table, row]) => {
    expect(() => validateRow(table, row)).toThrow(failure('ERR_STATELITE_VARIABLE', table));
  });
});

describe('a row is taken', () => {
  test.for<Case>([
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
