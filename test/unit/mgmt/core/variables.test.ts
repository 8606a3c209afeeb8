import { describe, expect, test } from 'vitest';
import { substitute } from '../../../../mgmt/core/variables.ts';
import { clusterOf } from '../../../helpers/cluster.ts';
import { failure } from '../../../helpers/rows.ts';

const cluster = clusterOf({
  nodelist: [{ node: 'n1', groups: 'compute' }],
  nodetype: [{ node: 'compute', os: 'rhels9', arch: 'x86_64', profile: 'hpc' }],
  noderes: [{ node: 'compute', nfsserver: '<xcatmaster>' }],
  site: [
    { key: 'master', value: '10.0.0.1' },
    { key: 'tree', value: 'srv:/lite' },
  ],
});
const where = 'litetree row priority=1: directory';
const inPlace = (text: string) => substitute(text, 'n1', cluster, where);

describe('variables', () => {
  test.for<[string, string]>([
    ['/plain/path', '/plain/path'],
    ['srv:/lite/$node', 'srv:/lite/n1'],
    ['/a$node/b', '/an1/b'],
    ['/$node-suf', '/n1-suf'],
    ['/$node.txt', '/n1.txt'],
    ['/${node}_x', '/n1_x'],
    ['$noderes.nfsserver:/lite/$nodetype.profile', '10.0.0.1:/lite/hpc'],
    ['/$nodetype.os$nodetype.arch', '/rhels9x86_64'],
    ['/${nodetype.os}${nodetype.arch}', '/rhels9x86_64'],
    ['$nodetype.profile.example.com:/x', 'hpc.example.com:/x'],
    ['/${nodetype.profile}s/x', '/hpcs/x'],
    ['$site.tree/$node', 'srv:/lite/n1'],
    ['$site.installdir/lite', '/install/lite'],
  ])('%s is %s', ([text, expected]) => {
    expect(inPlace(text)).toBe(expected);
  });

  test.for<[string, string]>([
    ['/$nodetype.provmethod', 'nodetype has no provmethod for n1'],
    ['/$site.nothing', 'site has no nothing'],
    ['/$nodetypo.os', '$nodetypo.os is no variable'],
    ['/$nodetype.oss', 'nodetype has no column oss'],
    ['/$nodetype.os_x', 'nodetype has no column os_x'],
    ['/$nodetype', '$nodetype is no variable'],
    ['/$nodes', '$nodes is no variable'],
    ['/$', '$ is no variable'],
    ['/$1', '$1 is no variable'],
    ['/${node', '$ is no variable'],
    ['/${node.x}', '$node.x is no variable'],
    ['/$osimage.groups', '$osimage.groups is no variable'],
    ['/$__proto__.x', '$__proto__.x is no variable'],
    ['/lite/#CMD=uname -r#/', '#CMD= is not switched on'],
  ])('%s is refused, naming the row and the problem', ([text, problem]) => {
    expect(() => inPlace(text)).toThrow(failure('ERR_STATELITE_VARIABLE', where, problem));
  });

  test('a value is not looked at for variables again', () => {
    const odd = clusterOf({
      nodelist: [{ node: 'n1' }],
      nodetype: [{ node: 'n1', profile: '$node' }],
    });
    expect(substitute('/$nodetype.profile', 'n1', odd, where)).toBe('/$node');
  });
});
