import { describe, expect } from 'vitest';
import { test } from '../../../helpers/mgmt-test.ts';

describe('nodeadd', () => {
  test('adds nodes to their groups, with what is set for them', async ({ mn }) => {
    const set = ['tags=compute,all', 'hosts.ip=10.0.0.1', 'mgt=ipmi'];
    expect(await mn.run('nodeadd', 'cn[01-02]', ...set)).toEqual({ code: 0, out: [], err: '' });
    expect((await mn.run('nodels')).out).toEqual(['cn01', 'cn02']);
    expect((await mn.run('nodels', 'cn01', 'groups')).out).toEqual(['cn01: compute,all']);
    expect((await mn.run('tabdump', 'hosts')).out[1]).toBe('"cn01","10.0.0.1",,,,');
    expect((await mn.run('nodels', 'cn02', 'mgt')).out).toEqual(['cn02: ipmi']);
  });

  test('warns of upper-case names, and of images that are not there', async ({ mn }) => {
    const { code, err } = await mn.run('nodeadd', 'CN[1-3],cn4', 'groups=all');
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringMatching(/: CN1 and 2 more: upper/u),
    });
    expect((await mn.run('nodeadd', 'cn4', 'groups=all', 'nodetype.provmethod=img')).err).toContain(
      'no such osimage',
    );
  });

  test('keeps what is not named of a node that is there', async ({ mn }) => {
    await mn.run('nodeadd', 'n1', 'groups=all', 'hosts.ip=10.0.0.1', 'hosts.hostnames=a');
    await mn.run('nodeadd', 'n1,n2', 'groups,=new', 'hosts.hostnames=b');
    expect((await mn.run('nodels', 'n1,n2', 'groups', 'hosts.ip', 'hosts.hostnames')).out).toEqual([
      'n1: nodelist.groups: new,all',
      'n1: hosts.ip: 10.0.0.1',
      'n1: hosts.hostnames: b',
      'n2: nodelist.groups: new',
      'n2: hosts.ip: ',
      'n2: hosts.hostnames: b',
    ]);
  });

  test.for<[string[], number, string]>([
    [['n1', 'hosts.ip=10.0.0.1'], 2, 'say which groups'],
    [['n1/x', 'groups=all'], 1, 'cannot be the name of a node'],
    [['n1', 'groups='], 2, 'say which groups'],
    [['n1', 'groups^=all'], 2, 'say which groups'],
    [['n1', 'groups=all', 'groups==all'], 2, 'is no assignment'],
    [['n1', 'groups=all', 'litefile.options=ro'], 2, 'has no rows for nodes'],
    [['n1', 'groups=all', 'deps.nodedep=n2'], 2, 'cannot be set for a node'],
    [['n1', 'groups=all', 'hosts.node=n2'], 2, 'cannot be set for a node'],
    [['n1', 'groups=all', 'host.ip=x'], 1, 'did you mean hosts?'],
    [['n1', 'groups=all', 'statelite.statemnt=x'], 1, 'ERR_STATELITE_ROW'],
  ])('%j is refused and adds nothing', async ([argv, status, message], { mn }) => {
    const { code, err } = await mn.run('nodeadd', ...argv);
    expect(code).toBe(status);
    expect(err).toContain(message);
    expect((await mn.run('nodels')).out).toEqual([]);
  });
});

describe('nodels', () => {
  test('prints attributes, inherited ones too', async ({ mn }) => {
    await mn.run('nodeadd', 'n1,n2', 'groups=compute');
    await mn.run('chtab', 'node=compute', 'nodetype.os=debian12', 'nodehm.mgt=ipmi');
    await mn.run('chtab', 'node=n2', 'nodetype.os=sles15');
    expect((await mn.run('nodels', 'compute', 'nodetype.os')).out).toEqual([
      'n1: debian12',
      'n2: sles15',
    ]);
    expect((await mn.run('nodels', 'n1', 'nodetype.os', 'mgt', 'nodetype.arch')).out).toEqual([
      'n1: nodetype.os: debian12',
      'n1: nodehm.mgt: ipmi',
      'n1: nodetype.arch: ',
    ]);
    const { out } = await mn.run('nodels', 'n1', 'hosts', '--json');
    expect(JSON.parse(out.join(''))).toMatchObject([{ node: 'n1', 'hosts.ip': null }]);
  });

  test('says which group a value is inherited from, and names a single column, if asked', async ({
    mn,
  }) => {
    await mn.run('nodeadd', 'n1,n2', 'groups=compute,all');
    await mn.run('nodegrpch', 'compute', 'mgt=ipmi', 'nodehm.power=ipmi');
    await mn.run('nodech', 'n2', 'mgt=blade', 'nodehm.power=');
    expect((await mn.run('nodels', 'all', '-b', 'mgt')).out).toEqual([
      'n1: (inherited from group compute) ipmi',
      'n2: blade',
    ]);
    expect((await mn.run('nodels', 'all', '-bH', 'nodehm.power')).out).toEqual([
      'n1: nodehm.power: (inherited from group compute) ipmi',
      'n2: nodehm.power: ',
    ]);
    const { out } = await mn.run('nodels', 'all', 'mgt', '--json');
    expect(JSON.parse(out.join(''))).toEqual([
      { node: 'n1', 'nodehm.mgt': 'ipmi', inherited: { 'nodehm.mgt': 'compute' } },
      { node: 'n2', 'nodehm.mgt': 'blade' },
    ]);
  });

  test('chooses among the nodes by what counts for them', async ({ mn }) => {
    await mn.run('nodeadd', 'n[1-4]', 'groups=compute,all');
    await mn.run('nodegrpch', 'compute', 'mgt=ipmi', 'nodepos.rack=1');
    await mn.run('nodech', 'n[3-4]', 'mgt=hmc', 'nodepos.room=east');
    for (const [words, nodes] of [
      [['mgt==ipmi'], ['n1', 'n2']],
      [['mgt!=ipmi'], ['n3', 'n4']],
      [['nodepos.room=~^e'], ['n3', 'n4']],
      [['nodepos.room!~/./'], ['n1', 'n2']],
      [
        ['nodepos.rack==1', 'mgt=~m', 'tags=~all'],
        ['n1', 'n2', 'n3', 'n4'],
      ],
      [['nodepos.rack==2'], []],
    ] as const) {
      expect((await mn.run('nodels', 'compute', ...words)).out).toEqual(nodes);
    }
    expect((await mn.run('nodels', 'all', 'mgt==hmc', 'nodepos.room')).out).toEqual([
      'n3: east',
      'n4: east',
    ]);
  });

  test('takes a range that asks tables of its own, in a condition or a dynamic group', async ({
    mn,
  }) => {
    await mn.run('nodeadd', 'n[1-3]', 'groups=all');
    await mn.run('nodech', 'n[2-3]', 'mgt=ipmi');
    expect((await mn.run('nodels', 'nodehm.mgt==ipmi')).out).toEqual(['n2', 'n3']);
    const dynamic = ['nodegroup.grouptype=dynamic', 'nodegroup.wherevals=nodehm.mgt==ipmi'];
    await mn.run('chtab', 'groupname=managed', ...dynamic);
    expect((await mn.run('nodels', 'managed', 'groups')).out).toEqual(['n2: all', 'n3: all']);
    await mn.run('chtab', 'key=excludenodes', 'site.value=nodehm.mgt==ipmi');
    expect((await mn.run('nodels', 'all')).out).toEqual(['n1']);
  });

  test('reads names from a file', async ({ mn }) => {
    await mn.run('nodeadd', 'n[1-3]', 'groups=all');
    await mn.write('some', '# mine\nn3 spare\nn1\n');
    expect((await mn.run('nodels', '^some')).out).toEqual(['n1', 'n3']);
    const { code, err } = await mn.run('nodels', '^none');
    expect(code).toBe(1);
    expect(err).toContain(`cannot read ${mn.directory}/none`);
  });

  test('leaves out hidden nodes unless they are named or asked for', async ({ mn }) => {
    await mn.run('nodeadd', 'n[1-3]', 'groups=all');
    await mn.run('nodech', 'n2', 'nodelist.hidden=1');
    for (const range of [[], ['all'], ['all@n[1-3]']]) {
      expect((await mn.run('nodels', ...range)).out).toEqual(['n1', 'n3']);
      expect((await mn.run('nodels', ...range, '-S')).out).toEqual(['n1', 'n2', 'n3']);
    }
    for (const range of ['n2', 'n[2-2]', 'n1-n2,-n1']) {
      expect((await mn.run('nodels', range)).out).toEqual(['n2']);
    }
  });

  test.for<[string[], number, string]>([
    [['nosuch'], 1, 'Invalid nodes and/or groups in noderange: nosuch'],
    [['n1', 'nodetyp.os'], 1, 'did you mean nodetype?'],
    [['n1', 'nodetype.oss'], 1, 'did you mean os?'],
    [['n1', 'site'], 2, 'has no rows for nodes'],
  ])('%j is refused', async ([argv, status, message], { mn }) => {
    await mn.run('nodeadd', 'n1', 'groups=all');
    const { code, err } = await mn.run('nodels', ...argv);
    expect(code).toBe(status);
    expect(err).toContain(message);
  });
});
