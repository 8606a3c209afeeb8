import { describe, expect } from 'vitest';
import { test } from '../../../helpers/mgmt-test.ts';

describe('nodeadd', () => {
  test('adds nodes to their groups, with what is set for them', async ({ mn }) => {
    const set = ['groups=compute,all', 'hosts.ip=10.0.0.1', 'nodetype.provmethod=img'];
    expect(await mn.run('nodeadd', 'cn[01-02]', ...set)).toEqual({ code: 0, out: [], err: '' });
    expect((await mn.run('nodels')).out).toEqual(['cn01', 'cn02']);
    expect((await mn.run('nodels', 'cn01', 'groups')).out).toEqual(['cn01: compute,all']);
    expect((await mn.run('tabdump', 'hosts')).out[1]).toBe('"cn01","10.0.0.1",,,,');
  });

  test.for<[string[], number, string]>([
    [['n1', 'hosts.ip=10.0.0.1'], 2, 'say which groups'],
    [['n1/x', 'groups=all'], 1, 'cannot be the name of a node'],
    [['n1', 'groups=all', 'litefile.options=ro'], 2, 'cannot be set for a node'],
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

  test('leaves out hidden nodes unless they are named', async ({ mn }) => {
    await mn.run('nodeadd', 'n1,n2', 'groups=all');
    await mn.run('chtab', 'node=n2', 'nodelist.hidden=1');
    expect((await mn.run('nodels')).out).toEqual(['n1']);
    expect((await mn.run('nodels', 'n2')).out).toEqual(['n2']);
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
