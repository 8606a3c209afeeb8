import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import { test as base } from '../../../helpers/mgmt-test.ts';

const program = new URL('../../../../mgmt/main.ts', import.meta.url).pathname;

/** Three nodes; their groups have values for them. */
const test = base.extend('mn', async ({ mn }) => {
  await mn.run('nodeadd', 'n[1-3]', 'groups=compute,all');
  await mn.run('nodegrpch', 'compute', 'postscripts.postscripts=a,b', 'nodetype.os=debian12');
  await mn.run('nodegrpch', 'all', 'nodetype.os=sles15', 'nodetype.arch=x86_64');
  return mn;
});

describe('nodech', () => {
  test.for<[string[], string, string[]]>([
    [['nodetype.os=rhel9'], 'nodetype.os', ['rhel9', 'debian12', 'debian12']],
    [['groups,=new,all'], 'groups', ['new,compute,all', 'compute,all', 'compute,all']],
    [['groups^=compute', 'tags,=gpu'], 'groups', ['gpu,all', 'compute,all', 'compute,all']],
    [['postscripts.postscripts,=c'], 'postscripts.postscripts', ['c,a,b', 'a,b', 'a,b']],
    [['postscripts.postscripts^=a'], 'postscripts.postscripts', ['b', 'a,b', 'a,b']],
    [['nodelist.comments=@=foo'], 'nodelist.comments', ['=foo', '', '']],
  ])('n1 %j changes %s to %j', async ([words, column, values], { mn }) => {
    expect(await mn.run('nodech', 'n1', ...words)).toEqual({ code: 0, out: [], err: '' });
    const lines = values.map((value, index) => `n${index + 1}: ${value}`);
    expect((await mn.run('nodels', 'all', column)).out).toEqual(lines);
  });

  test('changes only the nodes that satisfy the conditions', async ({ mn }) => {
    await mn.run('nodech', 'n2', 'nodepos.rack=2');
    await mn.run('nodech', 'all', 'nodepos.rack==2', 'groups,=rack2');
    expect((await mn.run('nodels', 'rack2')).out).toEqual(['n2']);
    await mn.run('nodech', 'all', 'nodepos.rack!=2', 'nodepos.rack=3');
    expect((await mn.run('nodels', 'all', 'nodepos.rack')).out).toEqual([
      'n1: 3',
      'n2: 2',
      'n3: 3',
    ]);
  });

  test('a blank overrides what the groups say, until the row is removed', async ({ mn }) => {
    await mn.run('nodech', 'n1', 'nodetype.os=');
    expect((await mn.run('tabdump', 'nodetype')).out).toContain('"n1","|^.*$||",,,,,,,');
    expect((await mn.run('nodels', 'n1', 'nodetype.os')).out).toEqual(['n1: ']);
    await mn.run('nodech', '-d', 'n1', 'nodetype');
    expect((await mn.run('nodels', 'n1', 'nodetype.os')).out).toEqual(['n1: debian12']);
  });

  test('a blank takes a node out of its groups, and enables a row', async ({ mn }) => {
    await mn.run('nodech', 'n1', 'nodetype.os=x', 'nodetype.disable=1');
    expect((await mn.run('nodels', 'n1', 'nodetype.os')).out).toEqual(['n1: debian12']);
    await mn.run('nodech', 'n1', 'nodetype.disable=');
    expect((await mn.run('nodels', 'n1', 'nodetype.os')).out).toEqual(['n1: x']);
    await mn.run('nodech', 'n1', 'groups=');
    expect((await mn.run('nodels', 'all')).out).toEqual(['n2', 'n3']);
    expect((await mn.run('tabdump', 'nodelist')).out[1]).toMatch(/^"n1",,/u);
  });

  test('a persistent directory can be taken from a node that inherits one', async ({ mn }) => {
    await mn.run('nodegrpch', 'all', 'statelite.statemnt=srv:/state');
    await mn.run('nodech', 'n1', 'statelite.statemnt=');
    expect((await mn.run('nodels', 'all', 'statelite.statemnt')).out).toEqual([
      'n1: ',
      'n2: srv:/state',
      'n3: srv:/state',
    ]);
  });

  test('-d removes the rows of several tables, of the nodes that satisfy the conditions', async ({
    mn,
  }) => {
    await mn.run('nodech', 'all', 'nodepos.rack=1', 'mgt=ipmi');
    const { out } = await mn.run('nodech', 'n[1-2]', '-d', 'nodepos', 'nodehm', 'mac', '--json');
    expect(JSON.parse(out.join(''))).toEqual([
      { table: 'nodepos', removed: 2 },
      { table: 'nodehm', removed: 2 },
      { table: 'mac', removed: 0 },
    ]);
    await mn.run('nodech', '-d', 'all', 'nodepos.rack==2', 'nodepos');
    expect((await mn.run('nodels', 'all', 'nodepos.rack')).out).toEqual(['n1: ', 'n2: ', 'n3: 1']);
  });

  test.for<[string[], number, string]>([
    [['nosuch', 'mgt=x'], 1, 'Invalid nodes and/or groups in noderange: nosuch'],
    [['n1', 'mgt'], 2, 'is no assignment'],
    [['n1', 'mgt==x'], 2, 'nothing to change'],
    [['n1'], 2, 'usage: statelite nodech'],
    [['n1', 'hosts.node=n2'], 2, 'cannot be set for a node'],
    [['n1', 'host.ip=x'], 1, 'did you mean hosts?'],
    [['n1', 'nodetype.oss=1'], 1, 'ERR_STATELITE_NOT_FOUND: nodetype has no column oss'],
    [['n1', 'nodetype.oss==1', 'mgt=x'], 1, 'nodetype has no column oss'],
    [['n[1-2]', 'mgt=ipmi', 'statelite.statemnt=x'], 1, 'ERR_STATELITE_ROW'],
    [['n1', 'statelite.mntopts=soft'], 1, 'statelite row node=n1'],
    [['-d', 'n1', 'site'], 2, 'has no rows for nodes'],
    [['-d', 'n1', 'nodetyp'], 1, 'No such table: nodetyp'],
  ])('%j is refused and changes nothing', async ([argv, status, message], { mn }) => {
    const { code, out, err } = await mn.run('nodech', ...argv);
    expect({ code, out }).toEqual({ code: status, out: [] });
    expect(err).toContain(message);
    expect((await mn.run('tabdump', 'nodehm')).out).toHaveLength(1);
  });

  test('processes at the same time lose nothing', { timeout: 120_000 }, async ({ mn }) => {
    const words = ['g0', 'g1', 'g2', 'g3'];
    const start = (word: string) =>
      promisify(execFile)(process.execPath, [program, 'nodech', 'n1', `groups,=${word}`], {
        env: { ...mn.io.env },
      });
    await Promise.all(words.map(start));
    const [line = ''] = (await mn.run('nodels', 'n1', 'groups')).out;
    expect(line.replace('n1: ', '').split(',').toSorted()).toEqual(['all', 'compute', ...words]);
  });
});

describe('noderm', () => {
  test('removes nodes from every table, and nothing else', async ({ mn }) => {
    await mn.run('nodech', 'n[1-3]', 'mgt=ipmi', 'statelite.statemnt=srv:/x', 'hosts.ip=10.0.0.1');
    expect(await mn.run('noderm', 'n1,n3')).toEqual({ code: 0, out: [], err: '' });
    expect((await mn.run('nodels')).out).toEqual(['n2']);
    for (const table of ['nodehm', 'statelite', 'hosts']) {
      const { out } = await mn.run('tabdump', table);
      expect(out.slice(1).map((line) => line.slice(0, 4))).toEqual(['"n2"']);
    }
    expect((await mn.run('nodels', 'n2', 'nodetype.os')).out).toEqual(['n2: debian12']);
  });

  test('says with --json what is gone', async ({ mn }) => {
    const { nodes, tables } = JSON.parse((await mn.run('noderm', 'all', '--json')).out.join(''));
    expect(nodes).toEqual(['n1', 'n2', 'n3']);
    expect(tables).toContainEqual({ table: 'nodelist', removed: 3 });
  });

  test('removes nobody if one of the names is unknown', async ({ mn }) => {
    expect((await mn.run('noderm', 'n1,nosuch')).code).toBe(1);
    expect((await mn.run('nodels')).out).toHaveLength(3);
  });
});

describe('nodegrpch', () => {
  test('sets the column for the group and for nobody else', async ({ mn }) => {
    await mn.run('nodech', 'n1', 'nodetype.os=own', 'nodetype.profile=kept');
    expect(await mn.run('nodegrpch', 'compute', 'nodetype.os=rhel9', 'mgt=ipmi')).toEqual({
      code: 0,
      out: [],
      err: '',
    });
    expect((await mn.run('nodels', 'all', '-b', 'nodetype.os')).out).toEqual(
      [1, 2, 3].map((node) => `n${node}: (inherited from group compute) rhel9`),
    );
    const { out } = await mn.run('tabdump', 'nodetype');
    expect(out.slice(1)).toEqual([
      '"compute","rhel9",,,,,,,',
      '"all","sles15","x86_64",,,,,,',
      '"n1",,,"kept",,,,,',
    ]);
    expect((await mn.run('tabdump', 'nodehm')).out).toHaveLength(2);
  });

  test('a blank leaves the column to the other groups', async ({ mn }) => {
    await mn.run('nodech', 'n1', 'nodetype.os=own');
    await mn.run('nodegrpch', 'compute', 'nodetype.os=');
    expect((await mn.run('nodels', 'all', 'nodetype.os')).out).toEqual(
      [1, 2, 3].map((node) => `n${node}: sles15`),
    );
  });

  test("removes a member's row that cannot be without the column", async ({ mn }) => {
    await mn.run('nodech', 'n1', 'statelite.statemnt=own:/state', 'statelite.mntopts=soft');
    await mn.run('nodegrpch', 'all,compute', 'statelite.statemnt=srv:/state');
    expect((await mn.run('tabdump', 'statelite')).out.slice(1)).toEqual([
      '"all",,"srv:/state",,,',
      '"compute",,"srv:/state",,,',
    ]);
  });

  test('reaches the members of a dynamic group', async ({ mn }) => {
    const dynamic = ['nodegroup.grouptype=dynamic', 'nodegroup.wherevals=nodepos.rack==1'];
    await mn.run('chtab', 'groupname=rack1', ...dynamic);
    await mn.run('nodech', 'n2', 'nodepos.rack=1', 'mgt=own');
    await mn.run('nodech', 'n3', 'mgt=own');
    await mn.run('nodegrpch', 'rack1', 'mgt=ipmi');
    expect((await mn.run('tabdump', 'nodehm')).out.join('\n')).not.toContain('"n2","own"');
    expect((await mn.run('nodels', 'n3', 'mgt')).out).toEqual(['n3: own']);
  });

  test.for<[string[], number, string]>([
    [['compute', 'postscripts.postscripts,=c'], 2, 'a group takes no ,='],
    [['compute', 'postscripts.postscripts^=c'], 2, 'a group takes no ^='],
    [['compute', 'groups=x'], 2, 'nodelist is not inherited'],
    [['compute', 'mgt==x'], 2, 'is no assignment'],
    [['n1', 'mgt=x'], 1, 'Invalid nodes and/or groups in noderange: n1'],
    [['computee,all', 'mgt=x'], 1, 'did you mean compute?'],
    [['all', 'mgt=x', 'statelite.statemnt=x'], 1, 'ERR_STATELITE_ROW'],
  ])('%j is refused and changes nothing', async ([argv, status, message], { mn }) => {
    const { code, out, err } = await mn.run('nodegrpch', ...argv);
    expect({ code, out }).toEqual({ code: status, out: [] });
    expect(err).toContain(message);
    expect((await mn.run('tabdump', 'nodehm')).out).toHaveLength(1);
  });
});
