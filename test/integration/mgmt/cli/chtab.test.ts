import { describe, expect } from 'vitest';
import { test as base } from '../../../helpers/mgmt-test.ts';

const test = base.extend('dump', ({ mn }) => async (table: string) => {
  const { out } = await mn.run('tabdump', table);
  return out.slice(1);
});

describe('chtab', () => {
  test('adds a row, changes it and removes it', async ({ mn, dump }) => {
    const key = 'image=ALL,file=/etc/motd';
    expect(await mn.run('chtab', key, 'litefile.options=tmpfs')).toMatchObject({
      code: 0,
      err: '',
    });
    expect(await dump('litefile')).toEqual(['"ALL","/etc/motd","tmpfs",,']);
    await mn.run('chtab', key, 'litefile.comments=a, "b"');
    expect(await dump('litefile')).toEqual(['"ALL","/etc/motd","tmpfs","a, ""b""",']);
    await mn.run('chtab', '-d', key, 'litefile');
    expect(await dump('litefile')).toEqual([]);
  });

  test('adds a row that has nothing but blanks beside its key', async ({ mn, dump }) => {
    await mn.run('chtab', 'image=ALL,file=/x', 'litefile.options=');
    expect(await dump('litefile')).toEqual(['"ALL","/x",,,']);
  });

  test('takes a policy row that is there already', async ({ mn, dump }) => {
    const before = await dump('policy');
    const row = ['priority=4.7', 'policy.commands=litefile', 'policy.rule=allow'];
    expect(await mn.run('chtab', ...row)).toMatchObject({ code: 0 });
    expect(await dump('policy')).toEqual(before);
  });

  test('leaves the row of another image with the same priority alone', async ({ mn, dump }) => {
    const rows = async () => (await dump('litetree')).toSorted();
    await mn.run('chtab', 'priority=1.0', 'litetree.image=a', 'litetree.directory=s:/a');
    await mn.run('chtab', 'priority=1.0', 'litetree.image=b', 'litetree.directory=s:/b');
    expect(await rows()).toEqual(['"1.0","a","s:/a",,,', '"1.0","b","s:/b",,,']);
    await mn.run('chtab', 'priority=1.0,image=b', 'litetree.mntopts=soft');
    expect(await rows()).toEqual(['"1.0","a","s:/a",,,', '"1.0","b","s:/b","soft",,']);
  });

  test('with part of a key means the one row it fits, and refuses several', async ({
    mn,
    dump,
  }) => {
    await mn.run('chtab', 'priority=1,image=a', 'litetree.directory=s:/a');
    await mn.run('chtab', 'priority=1', 'litetree.mntopts=soft');
    expect(await dump('litetree')).toEqual(['"1","a","s:/a","soft",,']);
    await mn.run('chtab', 'priority=1,image=b', 'litetree.directory=s:/b');
    const { code, err } = await mn.run('chtab', 'priority=1', 'litetree.mntopts=hard');
    expect(code).toBe(1);
    expect(err).toMatch(/2 rows of litetree fit priority=1[^]*give image as well/u);
  });

  test('adds words to a list, each once', async ({ mn, dump }) => {
    await mn.run('chtab', 'node=n1', 'nodelist.groups=all');
    await mn.run('chtab', 'node=n1', 'nodelist.groups+=compute,all');
    expect(await dump('nodelist')).toEqual(['"n1","all,compute",,,,,,,,,,,']);
  });

  test('removes rows from several tables, and from all or none', async ({ mn, dump }) => {
    const given = ['nodetype.os=x', 'hosts.ip=10.0.0.1', 'mac.mac=52:54:00:00:00:01'];
    await mn.run('chtab', 'node=n1', ...given);
    await mn.run('chtab', '-d', 'node=n1', 'hosts', 'nosuch');
    expect(await dump('hosts')).toHaveLength(1);
    const { out } = await mn.run(
      'chtab',
      '-d',
      '--json',
      'node=n1',
      'nodetype',
      'hosts',
      'noderes',
    );
    expect(JSON.parse(out.join(''))).toEqual([
      { table: 'nodetype', removed: 1 },
      { table: 'hosts', removed: 1 },
      { table: 'noderes', removed: 0 },
    ]);
    expect(await dump('mac')).toHaveLength(1);
    await mn.run('tabch', '-d', 'mac=52:54:00:00:00:01', 'mac');
    expect(await dump('mac')).toEqual([]);
  });

  test('warns of names that nothing has', async ({ mn, dump }) => {
    const { code, err } = await mn.run('chtab', 'image=im,file=/x', 'litefile.options=');
    expect(code).toBe(0);
    expect(err).toBe(
      'statelite: warning: litefile.image "im": there is no such osimage or osimage group\n',
    );
    const given = ['osimage.groups=hpc', 'osimage.imagetype=linux'];
    expect(await mn.run('chtab', 'imagename=im', ...given)).toMatchObject({ code: 0, err: '' });
    expect((await mn.run('chtab', 'image=hpc,file=/x', 'litefile.options=')).err).toBe('');
    expect((await mn.run('chtab', 'node=g', 'statelite.statemnt=s:/x')).err).toContain(
      'statelite.node "g": there is no such node or group',
    );
    expect(await dump('statelite')).toHaveLength(1);
  });

  test('changes several tables or none', async ({ mn, dump }) => {
    await mn.run('chtab', 'node=n1', 'hosts.ip=10.0.0.1', 'mac.mac=52:54:00:00:00:01');
    const { out } = await mn.run('chtab', '--json', 'node=n1', 'hosts.ip=10.0.0.2');
    expect(JSON.parse(out.join(''))).toMatchObject([{ table: 'hosts', row: { ip: '10.0.0.2' } }]);
    await mn.run('chtab', 'node=n1', 'hosts.ip=10.0.0.3', 'statelite.statemnt=nowhere');
    expect(await dump('hosts')).toEqual(['"n1","10.0.0.2",,,,']);
    expect(await dump('mac')).toEqual(['"n1",,"52:54:00:00:00:01",,']);
  });

  test('warns of a parent and child that cannot be, once, and writes the row', async ({
    mn,
    dump,
  }) => {
    await mn.run('chtab', 'image=ALL,file=/var/', 'litefile.options=persistent');
    const { code, err } = await mn.run('chtab', 'image=ALL,file=/var/log/', 'litefile.options=ro');
    expect(code).toBe(0);
    expect(err).toMatch(/^statelite: warning: .*"\/var\/log\/" \(ro\)/u);
    expect(await dump('litefile')).toHaveLength(2);
    expect(await mn.run('chtab', 'key=x', 'site.value=y')).toMatchObject({ code: 0, err: '' });
  });

  test.for<[string[], number, string]>([
    [['image=ALL,file=/x', 'litefile.options=nfs'], 1, 'ERR_STATELITE_ROW'],
    [['image=ALL,file=x', 'litefile.options=ro'], 1, 'not absolute'],
    [['priority=1', 'litetree.mntopts=soft'], 1, 'ERR_STATELITE_ROW'],
    [['node=n1', 'statelite.mntopts=soft'], 1, 'ERR_STATELITE_ROW'],
    [['node=n1', 'nodetyp.os=x'], 1, 'did you mean nodetype?'],
    [['node=n1', 'nodetype.oss=x'], 1, 'did you mean os?'],
    [['nod=n1', 'nodetype.os=x'], 1, 'did you mean node?'],
    [['-d', 'nod=n1', 'nodetype'], 1, 'did you mean node?'],
    [['node=n1', 'nodetype.node=n2'], 2, 'nodetype.node cannot be changed'],
    [['node=n1', 'os=x'], 2, '"os=x" is no assignment'],
    [['n1', 'nodetype.os=x'], 2, '"n1" is no assignment'],
    [['node=n1'], 2, 'say what to change'],
    [['-d', 'node=n1'], 2, 'name a table'],
    [['-d', 'node=n1', 'nodetype', 'host'], 1, 'did you mean hosts?'],
    [['-d', 'key=x', 'site', 'mac'], 1, 'mac has no column key'],
    [[], 2, 'usage: statelite chtab <key> [assignments..]'],
  ])('%j is refused', async ([argv, status, message], { mn }) => {
    const { code, err } = await mn.run('chtab', ...argv);
    expect(code).toBe(status);
    expect(err).toContain(message);
  });
});
