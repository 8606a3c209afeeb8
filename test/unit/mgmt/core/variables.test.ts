import { describe, expect, test } from 'vitest';
import type { CommandResult } from '../../../../mgmt/core/cluster.ts';
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
    ['/lite/#CMD=uname -r', '#CMD= has no # at its end'],
    ['/lite/#CMD= #', '#CMD= has no command'],
    ['/lite/#CMD=echo $HOME#', '$HOME is no variable'],
    ['/lite/#CMD=echo $nodetype.provmethod#', 'nodetype has no provmethod for n1'],
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

describe('the output of a command', () => {
  test.for<[string, Record<string, CommandResult>, string]>([
    [
      '$noderes.nfsserver:/syncdirs/$nodetype.profile/#CMD=uname -r#/',
      { 'uname -r': { output: '6.1.0-13-amd64' } },
      'srv:/syncdirs/hpc/6.1.0-13-amd64/',
    ],
    ['srv:/#CMD=cat /etc/x/y#', { 'cat /etc/x/y': { output: 'a/b' } }, 'srv:/a/b'],
    ['srv:/#CMD=a##CMD=b#', { a: { output: '1' }, b: { output: '2' } }, 'srv:/12'],
    ['srv:/#CMD=f $node#/${node}', { 'f n1': { output: '$node' } }, 'srv:/$node/n1'],
    ['srv:/a#b', {}, 'srv:/a#b'],
  ])('stands in %s for it', ([text, results, expected]) => {
    expect(substitute(text, 'n1', withResults(results), where)).toBe(expected);
  });

  test('that failed is an error with the reason', () => {
    const failed = withResults({ false: { problem: 'ended with status 1' } });
    expect(() => substitute('/#CMD=false#', 'n1', failed, where)).toThrow(
      failure('ERR_STATELITE_VARIABLE', where, '#CMD=false#: ended with status 1'),
    );
  });

  test('is refused if a value could be taken for a command', () => {
    expect(() => substitute('/#CMD=f $nodetype.os#', 'n1', withResults({}), where)).toThrow(
      failure('ERR_STATELITE_VARIABLE', where, '"a; reboot" of n1'),
    );
  });

  test.for(['', 'no', '1', 'YES'])('is refused with statelitecmd "%s"', (statelitecmd) => {
    const off = withResults({ a: { output: 'b' } }, statelitecmd);
    expect(() => substitute('/#CMD=a#', 'n1', off, where)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('key=statelitecmd site.value=yes') }),
    );
  });

  test('is refused where nobody runs commands', () => {
    const { commandResults: _, ...bare } = withResults({});
    expect(() => substitute('/#CMD=a#', 'n1', bare, where)).toThrow(
      failure('ERR_STATELITE_VARIABLE', where, '#CMD=a# is not run here'),
    );
  });
});

/** A cluster whose commands have run. */
function withResults(results: Readonly<Record<string, CommandResult>>, statelitecmd = 'yes') {
  const written = clusterOf({
    nodelist: [{ node: 'n1', groups: 'compute' }],
    nodetype: [{ node: 'compute', profile: 'hpc', os: 'a; reboot' }],
    noderes: [{ node: 'compute', nfsserver: 'srv' }],
    site: [{ key: 'statelitecmd', value: statelitecmd }],
  });
  return { ...written, commandResults: new Map(Object.entries(results)) };
}
