import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { test } from '../../../helpers/mgmt-test.ts';

describe('what is not understood names the option', () => {
  test.for<[string, ...string[]]>([
    ['serve: --port takes a number', 'serve', '--port', 'abc'],
    ['serve: --port takes a port, from 0 to 65535', 'serve', '--port', '99999'],
    ['serve: --status-port takes a port', 'serve', '--status-port', '-1'],
    ['serve: --http-port takes a port', 'serve', '--http-port', '80.5'],
    ['log: --prune takes a number of days', 'log', '--prune', '1e300'],
    ['undo: a change is a number', 'undo', 'x'],
    ['setup: --admin needs --out', 'setup', '--admin', 'alice'],
    ['no verb nosuch', 'help', 'nosuch'],
    ['nodels: Unknown argument: nosuch', '--agent', '/x', 'nodels', '--nosuch'],
  ])('%s', async ([message, ...argv], { mn }) => {
    const { code, out, err } = await mn.run(...argv);
    expect({ code, out }).toEqual({ code: 2, out: [] });
    expect(err).toContain(`statelite: ERR_STATELITE_USAGE: ${message}`);
  });
});

test('help before a verb is --help after it, and alone lists the verbs', async ({ mn }) => {
  expect(await mn.run('help', 'nodeset')).toEqual(await mn.run('nodeset', '--help'));
  expect(await mn.run('help')).toEqual(await mn.run('--help'));
});

describe('a file that cannot be used is told without a stack', () => {
  test.for<[string, ...string[]]>([
    ['cannot read DIR/there: illegal operation on a directory', 'makehosts', '--file', 'there'],
    ['cannot replace DIR/there: illegal operation', 'tabdump', 'site', '--file', 'there'],
    ['cannot use DIR/file/x: not a directory', 'makehosts', '--file', 'file/x'],
  ])('%s', async ([message, ...argv], { mn }) => {
    await mkdir(join(mn.directory, 'there'));
    await mn.write('file', '');
    const { code, err } = await mn.run(...argv);
    expect(code).toBe(1);
    expect(err).toContain(message.replace('DIR', mn.directory));
    expect(err).not.toMatch(/\n\s*(?:statelite: )?\s+at /u);
  });
});

test('a hosts file or a dump is not put into a directory that is not there', async ({ mn }) => {
  for (const argv of [['makehosts'], ['tabdump', 'site']]) {
    const { code, err } = await mn.run(...argv, '--file', 'nosuch/file');
    expect(code).toBe(1);
    expect(err).toContain(`there is no directory ${join(mn.directory, 'nosuch')}`);
  }
  expect(existsSync(join(mn.directory, 'nosuch'))).toBe(false);
});

const warning = (path: string) =>
  `statelite: warning: there is no database ${path} yet: the tables are empty\n`;

describe('a database that is not there', () => {
  test('is not made by a verb that reads, which warns', async ({ mn }) => {
    const database = join(mn.directory, 'nosuch/x.db');
    for (const verb of ['nodels', 'lsdef', 'log']) {
      const { code, err } = await mn.run('--database', database, verb);
      expect({ code, err }).toEqual({ code: 0, err: warning(database) });
    }
    expect(await mn.run('nodels')).toEqual({ code: 0, out: [], err: warning(mn.database) });
    expect(existsSync(join(mn.directory, 'nosuch'))).toBe(false);
    expect(existsSync(join(mn.directory, 'state'))).toBe(false);
  });

  test('is made by one that writes, with the directories of the state', async ({ mn }) => {
    const state = join(mn.directory, 'a/b/c');
    expect(await mn.run('--state', state, 'nodeadd', 'n1', 'groups=all')).toMatchObject({
      code: 0,
      err: '',
    });
    expect((await mn.run('--state', state, 'nodels')).out).toEqual(['n1']);
  });

  test('is made in a new directory, but not below one that is not there', async ({ mn }) => {
    const put = (path: string) =>
      mn.run('--database', join(mn.directory, path), 'chtab', 'key=x', 'site.value=1');
    expect((await put('new/x.db')).code).toBe(0);
    const { code, err } = await put('no/such/x.db');
    expect(code).toBe(1);
    expect(err).toContain(`there is no directory ${join(mn.directory, 'no')}\n`);
    expect(existsSync(join(mn.directory, 'no'))).toBe(false);
  });
});

test('a message of a rule does not name row and column twice', async ({ mn }) => {
  const { err } = await mn.run('chtab', 'image=ALL,file=/etc/x', 'litefile.options=volatile');
  const page = await readFile(
    new URL('../../../../docs/man/statelite.1.md', import.meta.url),
    'utf8',
  );
  expect(page).toContain(err.split('\n', 1).join());
});
