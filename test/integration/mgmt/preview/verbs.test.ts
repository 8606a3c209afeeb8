import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Finding } from '../../../../mgmt/preview/finding.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test as base } from '../../../helpers/mgmt-test.ts';

/** Two nodes with an image, a tree and a persistent store, all of this host. */
const test = base.extend('site', { auto: true }, async ({ mn }) => {
  const at = (name: string) => join(mn.directory, name);
  const root = at('compute/rootimg');
  await plant(root, { 'etc/motd': 'image', 'etc/app/own': 'image', 'var/log/old': '' });
  await plant(root, { 'etc/shadow': 'root:*:::::::\n', 'proc/x': '', 'run/x': '' });
  await plant(at('tree'), { 'etc/motd': 'tree', 'etc/app/app.conf': 'tree' });
  await mkdir(at('kept'));
  const lines = [
    'chtab key=system,username=root passwd.password=secret',
    'chtab imagename=compute osimage.osvers=debian12 osimage.osarch=x86_64 osimage.profile=compute osimage.provmethod=statelite',
    `chtab imagename=compute linuximage.rootimgdir=${at('compute')}`,
    'nodeadd n1-n2 groups=all mac.mac=|n(\\d+)|52:54:00:00:00:0($1)|',
    'chtab key=master site.value=127.0.0.1',
    'chtab node=all nodetype.provmethod=compute',
    `chtab priority=1,image=ALL litetree.directory=localhost:${at('tree')}`,
    `chtab node=all statelite.statemnt=localhost:${at('kept')}`,
    'chtab image=ALL,file=/etc/motd litefile.options=tmpfs',
    'chtab image=ALL,file=/etc/app/ litefile.options=link',
    'chtab image=compute,file=/var/log/ litefile.options=persistent',
  ];
  for (const line of lines) await must(mn, ...line.split(' '));
  await must(mn, 'liteimg', 'compute');
  return { at, root };
});

async function plant(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
}

async function must(mn: Management, ...argv: string[]): Promise<string[]> {
  const { code, out, err } = await mn.run(...argv);
  expect({ code, err }).toEqual({ code: 0, err: expect.not.stringContaining('ERR_') });
  return out;
}

/** What `check` says, without the servers that do not answer here. */
async function findings(mn: Management, ...argv: string[]): Promise<string[]> {
  const { out } = await mn.run('check', ...argv, '--json');
  const all: Finding[] = JSON.parse(out.join('\n'));
  return all
    .filter(({ message }) => !message.startsWith('the NFS server'))
    .map(({ level, nodes = [], message }) => `${level} ${nodes.join(',')}: ${message}`);
}

describe('statelite plan', () => {
  test('shows the steps of the next boot in order, in the words of the log', async ({
    mn,
    site,
  }) => {
    const out = await must(mn, 'plan', 'n1');
    expect(out[0]).toBe(`n1: osimage compute, ${out.length - 1} steps`);
    const tree = `/.statelite/mnt/localhost/${site.at('tree').slice(1).replaceAll('-', '\\x2d').replaceAll('/', '-')}`;
    expect(out).toContain(`  copy ${tree}/etc/motd to /.statelite/tmpfs/etc/motd`);
    expect(out).toContain('  bind /.statelite/persistent/var/log on /var/log');
    expect(out.at(-1)).toBe('  record 1 filled paths of the persistent store');
  });

  test('says with --why which row and which source is behind a step', async ({ mn, site }) => {
    const out = await must(mn, 'plan', 'n1', '--why');
    const at = out.indexOf('  bind /.statelite/tmpfs/etc/motd on /etc/motd');
    expect(out[at + 1]).toBe(
      `      row "/etc/motd" (tmpfs), ALL; localhost:${site.at('tree')}: yes, image: yes`,
    );
  });

  test('is that of the second boot once the store is filled', async ({ mn, site }) => {
    await plant(site.at('kept/n1'), {
      'var/log/old': '',
      '.statelite.filled': '/var/log\n',
    });
    const out = await must(mn, 'plan', 'n1,n2');
    const second = out.findIndex((line) => line.startsWith('n2:'));
    expect(out.slice(0, second).filter((line) => line.includes('fill '))).toHaveLength(1);
    expect(out.slice(second).filter((line) => line.includes('fill '))).toHaveLength(2);
  });

  test('says what cannot be seen from here, and takes it as empty', async ({ mn }) => {
    await must(mn, 'chtab', 'priority=2,image=ALL', 'litetree.directory=192.0.2.7:/trees/$node');
    const out = await must(mn, 'plan', 'n1');
    expect(out[1]).toBe(
      '  not seen from here, taken as empty: the tree 192.0.2.7:/trees/n1: 192.0.2.7 is another host, and this one has not mounted the directory',
    );
  });

  test('of a boot that would fail is that failure, and the other nodes go on', async ({ mn }) => {
    await must(mn, 'chtab', 'node=n1', 'statelite.statemnt=localhost:/none/such');
    const { code, out, err } = await mn.run('plan', 'n1,n2');
    expect(code).toBe(1);
    expect(err).toContain('n1 cannot mount its persistent store localhost:/none/such');
    expect(out[0]).toContain('n2: osimage compute');
  });

  test('goes without an optional tree that is missing, and says what is volatile', async ({
    mn,
    site,
  }) => {
    await rm(site.at('tree'), { recursive: true });
    const refused = await mn.run('plan', 'n1');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('ERR_STATELITE_LITETREE');
    await must(mn, 'chtab', 'priority=1,image=ALL', 'litetree.mntopts=nofail');
    expect((await must(mn, 'plan', 'n1')).join('\n')).toContain(
      'degraded: "/var/log/" (persistent) is volatile this time',
    );
  });

  test('takes nodes from a file, and has the commands of their locations run', async ({
    mn,
    site,
  }) => {
    const tree = site.at('#CMD=echo tree#');
    await must(mn, 'chtab', 'priority=1,image=ALL', `litetree.directory=localhost:${tree}`);
    await mn.write('nodes', 'n1\nn2\n');
    const { code, err } = await mn.run('plan', '^nodes');
    expect([code, err]).toEqual([1, expect.stringContaining('#CMD= is not switched on')]);
    await must(mn, 'chtab', 'key=statelitecmd', 'site.value=yes');
    const out = await must(mn, 'plan', '^nodes');
    expect(out.filter((line) => line.startsWith('n'))).toHaveLength(2);
    expect(out.filter((line) => /copy .*tree\/etc\/motd to/u.test(line))).toHaveLength(2);
    expect(await must(mn, 'explain', 'n2', '/etc/motd')).toContain(
      `  content     localhost:${site.at('tree')}/etc/motd`,
    );
    expect(await findings(mn)).toEqual([]);
  });

  test('changes nothing', async ({ mn, site }) => {
    await must(mn, 'plan', 'all');
    expect((await mn.run('plan', 'all', '--json')).code).toBe(0);
    await expect(rm(site.at('kept/n1'))).rejects.toThrow('ENOENT');
  });
});

describe('statelite explain', () => {
  test('tells row, source, way and fate of a path', async ({ mn, site }) => {
    const out = await must(mn, 'explain', 'n1', '/etc/app/app.conf');
    expect(out[0]).toBe('n1:/etc/app/app.conf, osimage compute');
    expect(out).toContain('  row         /etc/app/ link, for ALL images');
    expect(out).toContain(`  content     localhost:${site.at('tree')}/etc/app/app.conf`);
    expect(out).toContain('  on node     a file, writable');
    expect(out).toContain('  kept        no: it is in memory and filled anew at every boot');
    expect(out.join('\n')).toContain('stock xCAT  node QUIRK-07');
  });

  test('names rows for the path that are not for this image', async ({ mn }) => {
    await must(mn, 'chtab', 'image=login,file=/etc/motd', 'litefile.options=ro');
    expect(await must(mn, 'explain', 'n1', '/etc/motd')).toContain(
      '  not for it  /etc/motd ro, for image login',
    );
  });

  test('prints all of it as JSON', async ({ mn, site }) => {
    const out = await must(mn, 'explain', 'n1', '/var/log/old', '--json');
    expect(JSON.parse(out.join('\n'))).toMatchObject({
      node: 'n1',
      image: 'compute',
      path: '/var/log/old',
      row: { file: '/var/log/', options: 'persistent', applies: 'image' },
      kind: 'file',
      writable: true,
      from: ['image: /var/log/old'],
      searched: [`localhost:${site.at('tree')}: no`, 'image: yes'],
    });
  });

  test.for<[string[], string]>([
    [['explain', 'n1', 'etc/motd'], 'the path etc/motd is not absolute'],
    [['explain', 'all', '/etc/motd'], 'all is not one node'],
    [['explain', 'n9', '/etc/motd'], 'Invalid nodes'],
    [['explain', 'n1', '/'], 'the root itself'],
  ])('refuses %j', async ([argv, message], { mn }) => {
    const { code, err } = await mn.run(...argv);
    expect(code).not.toBe(0);
    expect(err).toContain(message);
  });
});

describe('statelite check', () => {
  test('finds nothing wrong in a sound site', async ({ mn }) => {
    expect(await findings(mn)).toEqual([]);
  });

  test.for<[string, string[], string]>([
    [
      'a table that changed since liteimg',
      ['chtab', 'image=ALL,file=/etc/hosts', 'litefile.options=tmpfs'],
      'the image was not prepared since the table changed: /etc/hosts',
    ],
    [
      'an unreachable tree',
      ['chtab', 'priority=9,image=ALL', 'litetree.directory=localhost:/none/such'],
      'n1 cannot mount localhost:/none/such: this host has no directory /none/such',
    ],
    [
      'a persistent row without a store',
      ['chtab', '-d', 'node=all', 'statelite'],
      'nowhere to stay: the node has no persistent store',
    ],
    [
      'a variable without a value',
      ['chtab', 'priority=9,image=ALL', 'litetree.directory=localhost:/t/$nodehm.serialport'],
      'nodehm has no serialport for n1',
    ],
    [
      'a persistent directory of nobody',
      ['chtab', 'node=gone', 'statelite.statemnt=localhost:/kept'],
      'warning : the statelite row gone is for no node and no group',
    ],
    [
      'a command that may not run',
      ['chtab', 'priority=9,image=ALL', 'litetree.directory=localhost:/t/#CMD=uname -r#'],
      '#CMD= is not switched on',
    ],
    [
      "a value that cannot be made from nodes' names",
      ['chtab', 'node=all', 'hosts.ip=|cn(\\d+)|10.0.0.($1)|'],
      'error n1,n2: hosts row node=all: ip |cn(\\d+)|10.0.0.($1)| for n1',
    ],
    [
      'a boot loader that is none, once for all its nodes',
      ['chtab', 'node=all', 'noderes.netboot=foo'],
      'error n1,n2: noderes row node=all, column netboot: "foo" is no boot loader',
    ],
    [
      'nodes without a MAC address',
      ['nodech', 'n1,n2', 'mac.mac='],
      'error n1,n2: No MAC address available for this node',
    ],
    [
      'a port that is none, once',
      ['chtab', 'key=xcatdport', 'site.value=abc'],
      'error : site row key=xcatdport: abc is not a port',
    ],
    [
      'a root that nodes cannot have',
      ['chtab', 'imagename=compute', 'osimage.rootfstype=ramdsk'],
      'error : osimage compute has rootfstype ramdsk, which cannot be booted',
    ],
    [
      'a tree that cannot be looked into',
      ['chtab', 'priority=9,image=ALL', 'litetree.directory=192.0.2.7:/t/$node'],
      'warning n1,n2: cannot look into trees or stores of 192.0.2.7 from here',
    ],
  ])('finds %s', async ([, change, message], { mn }) => {
    await must(mn, ...change);
    expect((await findings(mn)).join('\n')).toContain(message);
  });

  test("tells what is wrong with one node's boot, and looks at the others", async ({ mn }) => {
    await must(mn, 'chtab', 'node=all', 'statelite.mntopts=|n(1)|nofail|');
    await must(mn, 'chtab', 'node=n1', 'statelite.statemnt=localhost:/none/such');
    await must(mn, 'chtab', 'node=all', 'nodetype.profile=|n(1)|p($1)|');
    await must(
      mn,
      'chtab',
      'priority=9,image=ALL',
      'litetree.directory=localhost:/t/$nodetype.profile',
    );
    const found = (await findings(mn, 'compute')).join('\n');
    expect(found).toContain('error n2: nodetype row node=all: profile |n(1)|p($1)| for n2');
    expect(found).toContain('error n1: n1 cannot mount localhost:/t/p1');
  });

  test('finds a refused combination and fails', async ({ mn }) => {
    await mn.run('chtab', 'image=ALL,file=/etc/', 'litefile.options=ro');
    const { code, out, err } = await mn.run('check', 'compute');
    expect(code).toBe(1);
    expect(out.join('\n')).toContain('"/etc/motd" (tmpfs) cannot be below "/etc/" (ro)');
    expect(err).toContain('check found 1 error');
  });

  test('finds a row that has no source anywhere', async ({ mn }) => {
    await must(mn, 'chtab', 'image=ALL,file=/etc/none', 'litefile.options=tmpfs');
    await must(mn, 'liteimg', 'compute');
    expect((await findings(mn)).join('\n')).toContain('/etc/none has no source');
  });

  test('finds a tree with the wrong type of object', async ({ mn, site }) => {
    await rm(join(site.at('tree'), 'etc/motd'));
    await mkdir(join(site.at('tree'), 'etc/motd'));
    expect((await findings(mn)).join('\n')).toContain('has a directory there and is skipped');
  });

  test('looks at the image itself, where links may be loops', async ({ mn, site }) => {
    await symlink('loop', join(site.root, 'loop'));
    await must(mn, 'chtab', 'image=ALL,file=/loop/x', 'litefile.options=tmpfs');
    expect((await findings(mn, 'compute')).join('\n')).toContain('a loop of links at /loop');
  });

  test('suggests the image that was meant', async ({ mn }) => {
    const { code, err } = await mn.run('check', 'compote');
    expect(code).toBe(1);
    expect(err).toContain('did you mean compute');
  });
});
