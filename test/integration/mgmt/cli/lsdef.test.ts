import { describe, expect } from 'vitest';
import { test as base } from '../../../helpers/mgmt-test.ts';

const test = base.extend('mn', async ({ mn }) => {
  await mn.run('chtab', '-d', 'node=xcatdefaults', 'postscripts');
  await mn.run('rmdef', '-a', '-f', '-t', 'policy,site');
  await mn.run('mkdef', 'cn[1-3]', 'groups=compute,all', 'mgt=ipmi');
  await mn.run('chdef', '-t', 'group', '-o', 'compute', 'arch=x86_64', 'ip=|10.0.0.($1+10)|');
  await mn.run('chdef', 'cn2', 'arch=ppc64le', 'provmethod=img', 'hidden=1');
  await mn.run('chdef', '-t', 'osimage', '-o', 'img', 'profile=compute', 'rootimgdir=/r');
  await mn.run('chdef', '-t', 'site', 'domain=x.org');
  return mn;
});

describe('lsdef', () => {
  test.for<[string[], string[]]>([
    [
      ['-t', 'node'],
      ['cn1  (node)', 'cn3  (node)'],
    ],
    [
      ['-t', 'node', '-S'],
      ['cn1  (node)', 'cn2  (node)', 'cn3  (node)'],
    ],
    [
      ['-t', 'osimage,site'],
      ['img  (osimage)', 'clustersite  (site)'],
    ],
    [
      [],
      [
        'cn1  (node)',
        'cn3  (node)',
        'all  (group)',
        'compute  (group)',
        'img  (osimage)',
        'clustersite  (site)',
      ],
    ],
    [['-s', 'cn1'], ['cn1  (node)']],
    [['cn1', '-i', ''], ['cn1  (node)']],
    [['-t', 'node', '-w', 'arch==x86_64', '-w', 'ip=~11$'], ['cn1  (node)']],
    [['-t', 'node', '-w', 'mgt!~ipmi'], ['No object definitions have been found']],
    [['-t', 'osimage', '-i', 'profile', '-c'], ['img: profile=compute']],
    [
      ['compute', '-i', 'arch,hidden', '-w', 'hidden==1'],
      ['Object name: cn2', '    arch=ppc64le', '    hidden=1'],
    ],
    [
      ['-t', 'osimage,site', '-l'],
      [
        'Object name: img  (osimage)',
        '    imagetype=linux',
        '    profile=compute',
        '    rootimgdir=/r',
        'Object name: clustersite  (site)',
        '    domain=x.org',
      ],
    ],
    [
      ['cn1', '--sources'],
      [
        'Object name: cn1',
        '    arch=x86_64  (group compute)',
        '    groups=compute,all  (node)',
        '    ip=10.0.0.11  (group compute, regex)',
        '    mgt=ipmi  (node)',
      ],
    ],
    [
      ['-V', 'cn1', '-i', 'arch'],
      ['Object name: cn1', '    arch=x86_64     (Table:nodetype - Key:node - Column:arch)'],
    ],
    [
      ['cn2', '--osimage', '-i', 'arch,rootimgdir,profile'],
      ['Object name: cn2', '    arch=ppc64le', '    profile=compute', '    rootimgdir=/r'],
    ],
    [
      ['-z', 'cn2', '-i', 'arch'],
      ['# <xCAT data object stanza file>', '', 'cn2:', '    objtype=node', '    arch=ppc64le'],
    ],
  ])('%j', async ([argv, lines], { mn }) => {
    expect(await mn.run('lsdef', ...argv)).toEqual({ code: 0, out: lines, err: '' });
  });

  test('--json says where each value comes from', async ({ mn }) => {
    const { out } = await mn.run('lsdef', 'cn1', '-i', 'arch,ip', '--json');
    expect(JSON.parse(out.join(''))).toEqual([
      {
        type: 'node',
        name: 'cn1',
        attributes: {
          arch: { value: 'x86_64', from: 'group compute' },
          ip: { value: '10.0.0.11', from: 'group compute, regex' },
        },
      },
    ]);
    expect(JSON.parse((await mn.run('lsdef', '-t', 'site', '--json')).out.join(''))).toEqual([
      { type: 'site', name: 'clustersite' },
    ]);
  });

  test('shows what there is of a list, and names the rest', async ({ mn }) => {
    const { code, out, err } = await mn.run('lsdef', 'cn1,no1,no2', '-i', 'arch', '-c');
    expect({ code, out }).toEqual({ code: 1, out: ['cn1: arch=x86_64'] });
    expect(err).toContain("Could not find an object named 'no1' of type 'node'.");
    expect(err).toContain("Could not find an object named 'no2' of type 'node'.");
    expect((await mn.run('lsdef', 'cm1')).err).toContain('did you mean cn1?');
  });

  test('what counts for one node is the same whether all nodes are read or one', async ({ mn }) => {
    const { out } = await mn.run('lsdef', 'cn2');
    expect((await mn.run('lsdef', 'cn[2]')).out).toEqual(out);
    expect(out).toContain('    ip=10.0.0.12');
    await mn.run('chdef', '-t', 'site', 'excludenodes=cn2');
    expect((await mn.run('lsdef', 'cn2')).out).toEqual(['No object definitions have been found']);
  });

  test('warns of a value that does not fit a node, which chdef can replace', async ({ mn }) => {
    await mn.run('mkdef', 'login', 'groups=compute');
    const { code, out, err } = await mn.run('lsdef', 'login,cn1', '-i', 'ip', '-c');
    expect({ code, out }).toEqual({ code: 0, out: ['cn1: ip=10.0.0.11', 'login: ip='] });
    expect(err).toContain('warning: ');
    expect(err).toContain('hosts row node=compute');
    expect((await mn.run('chdef', 'login', 'ip=10.0.0.99')).code).toBe(0);
    expect((await mn.run('lsdef', 'login', '-i', 'ip', '-c')).out).toEqual(['login: ip=10.0.0.99']);
  });

  test('--describe says what there is to set', async ({ mn }) => {
    const { out } = await mn.run('lsdef', '-t', 'litetree,site', '--describe');
    expect(out[0]).toBe('litetree: Trees of files; named PRIORITY or PRIORITY:IMAGE.');
    expect(out).toContainEqual(expect.stringMatching(/^ {4}mntopts: .*\(litetree\.mntopts\)$/u));
    expect(out.at(-1)).toContain('clustersite');
    const { node } = JSON.parse((await mn.run('lsdef', '--describe', '--json')).out.join(''));
    expect(node.unit).toMatchObject({ table: 'nodepos', column: 'u' });
  });

  test.for<[string[], number, string]>([
    [['cn1', 'os=x'], 2, 'os=x is not understood'],
    [['-t', 'nodes'], 2, "Type 'nodes' is not a valid type."],
    [['-t', 'node,osimage', '-o', 'cn1'], 2, 'names are of one type'],
    [
      ['cn1', '-i', 'bogus'],
      1,
      "'bogus' is not a valid attribute name for an object type of 'node'.",
    ],
    [['cn1', '-w', 'bogus==x'], 1, "'bogus' is not a valid attribute name"],
    [['cn1', '-w', 'arch'], 2, 'is no condition'],
    [['cn1', '-u'], 2, "Option '-u' can not work with 'lsdef'."],
    [['cn1', '-x'], 2, 'take --json'],
    [['cn1', '-V', '--sources'], 2, 'exclude each other'],
    [['-t', 'osimage', 'a/b'], 1, "Could not find an object named 'a/b' of type 'osimage'."],
  ])('%j is refused', async ([argv, status, message], { mn }) => {
    const { code, err } = await mn.run('lsdef', ...argv);
    expect(err).toContain(message);
    expect(code).toBe(status);
  });
});
