import { expect } from 'vitest';
import { test } from '../../../helpers/mgmt-test.ts';

test('log prints who changed what by which verb, newest first', async ({ mn }) => {
  await mn.run('chtab', 'key=domain', 'site.value=example.com');
  await mn.run('chtab', 'key=domain', 'site.value=example.org');
  const { code, out } = await mn.run('log', 'site');
  expect(code).toBe(0);
  expect(out.map((line) => line.split('  ').toSpliced(1, 1))).toEqual([
    ['2', 'root', 'chtab', 'site key=domain', 'value: example.com -> example.org'],
    ['1', 'root', 'chtab', 'site key=domain', 'added', 'value: example.com'],
  ]);
});

test('log knows who became root by sudo', async ({ mn }) => {
  const env = { ...mn.io.env, SUDO_USER: 'alice' };
  Object.assign(mn.io, { env });
  await mn.run('chtab', 'key=domain', 'site.value=example.com');
  const { out } = await mn.run('log', '--json');
  expect(JSON.parse(out.join('\n'))).toMatchObject([{ who: 'alice', command: 'chtab' }]);
});

test('log is asked for a node, a key, a count', async ({ mn }) => {
  await mn.run('chtab', 'node=n1', 'noderes.netboot=xnba');
  await mn.run('chtab', 'node=n2', 'noderes.netboot=xnba', 'hosts.ip=10.0.0.2');
  expect((await mn.run('log', '--node', 'n1')).out).toHaveLength(1);
  expect((await mn.run('log', 'noderes', '--key', 'node=n2')).out).toHaveLength(1);
  expect((await mn.run('log', '-n', '2')).out).toHaveLength(2);
  expect(await mn.run('log', 'noderes', '--key', 'nod=n2')).toMatchObject({ code: 1 });
  expect(await mn.run('log', '-n', 'x')).toMatchObject({ code: 2 });
});

test('log --prune forgets', async ({ mn }) => {
  await mn.run('chtab', 'key=domain', 'site.value=example.com');
  expect(await mn.run('log', '--prune', '30')).toMatchObject({ out: ['0 changes forgotten'] });
  expect(await mn.run('log', 'site', '--prune', '30')).toMatchObject({ code: 2 });
});

test('undo takes the last change back, or the one that is named', async ({ mn }) => {
  await mn.run('chtab', 'key=domain', 'site.value=example.com');
  await mn.run('chtab', 'key=domain', 'site.value=example.org');
  expect(await mn.run('undo', '1')).toMatchObject({
    code: 1,
    err: expect.stringContaining(
      'site row key=domain has been changed since change 1, by change 2',
    ),
  });
  expect((await mn.run('undo')).out).toEqual(['change 2 (chtab by root) undone: 1 row']);
  expect((await mn.run('tabdump', 'site')).out).toContain('"domain","example.com",,');
  expect((await mn.run('undo', '1', '--json')).out.join('')).toContain('"change": 1');
  expect((await mn.run('tabdump', 'site')).out).toEqual(['#key,value,comments,disable']);
});
