import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConf, resolveSettings } from '../../../mgmt/config.ts';
import { failure } from '../../helpers/rows.ts';

const nowhere = {
  flags: {},
  env: { STATELITE_ETC: '/nowhere' },
  cwd: '/here',
  directory: '/opt/s',
};

/** A database that there is no driver for. */
const refused = () =>
  resolveSettings({ ...nowhere, flags: { database: 'mysql://u:pa55@host/db' } });

describe('settings', () => {
  test('have defaults for a real management node', () => {
    expect(resolveSettings(nowhere)).toEqual({
      etc: '/nowhere',
      state: '/var/lib/statelite',
      database: '/var/lib/statelite/statelite.db',
      installdir: undefined,
      tftpdir: undefined,
      agent: '/opt/s/statelite-agent',
    });
  });

  test.for(['etc', 'state', 'installdir', 'tftpdir'])(
    '%s is no directory that would have to be made below /proc',
    (name) => {
      const made = () => resolveSettings({ ...nowhere, flags: { [name]: '/proc/nosuch/a' } });
      expect(made).toThrow(failure('ERR_STATELITE_CONFIG', '/proc/nosuch/a'));
    },
  );

  test('come from the flag, else the environment, else the file', async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), 'statelite-'));
    const etc = join(directory.path, 'etc');
    await mkdir(etc);
    await writeFile(join(etc, 'statelite.conf'), 'state = /f\ninstalldir = /f\ntftpdir = t\n');
    const settings = resolveSettings({
      ...nowhere,
      flags: { state: 'flag' },
      env: { STATELITE_ETC: etc, STATELITE_STATE: '/e', STATELITE_INSTALLDIR: '/e' },
    });
    expect(settings).toMatchObject({
      state: '/here/flag',
      installdir: '/e',
      tftpdir: join(etc, 't'),
    });
  });

  test.for([
    ['', '/s/statelite.db'],
    ['here.db', '/here/here.db'],
    ['postgresql://user@host/db', 'postgresql://user@host/db'],
    ['postgres:///db?host=/run/postgresql', 'postgres:///db?host=/run/postgresql'],
  ] as const)('have a database: "%s" is %s', ([given, expected]) => {
    const env = { ...nowhere.env, STATELITE_STATE: '/s', STATELITE_DATABASE: given };
    expect(resolveSettings({ ...nowhere, env })).toMatchObject({ database: expected });
  });

  test('refuse a database of another kind without repeating its password', () => {
    expect(refused).toThrow(failure('ERR_STATELITE_CONFIG', 'neither a path nor a URL'));
    expect(refused).not.toThrow('pa55');
  });

  test('take a URL from the file as it is, and a path as one beside the file', async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), 'statelite-'));
    const env = { STATELITE_ETC: directory.path };
    const conf = join(directory.path, 'statelite.conf');
    await writeFile(conf, 'database = postgresql:///db?host=/run/postgresql\n');
    expect(resolveSettings({ ...nowhere, env }).database).toBe(
      'postgresql:///db?host=/run/postgresql',
    );
    await writeFile(conf, 'database = a.db\n');
    expect(resolveSettings({ ...nowhere, env }).database).toBe(join(directory.path, 'a.db'));
  });

  test('are not read from a directory that is called like the file', async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), 'statelite-'));
    await mkdir(join(directory.path, 'statelite.conf'));
    expect(() => resolveSettings({ ...nowhere, env: { STATELITE_ETC: directory.path } })).toThrow(
      failure('ERR_STATELITE_CONFIG', 'cannot read', directory.path),
    );
  });
});

describe('statelite.conf', () => {
  test('may have comments and blank lines', () => {
    const text = '# where things are\n\n  state=/a b \n\t# agent = /x\nagent = /y=z\n';
    expect([...parseConf(text, 'conf')]).toEqual([
      ['state', '/a b'],
      ['agent', '/y=z'],
    ]);
  });

  test.for<[string, string]>([
    ['state', 'line 1'],
    ['\nstate =', 'line 2'],
    ['= /x', 'line 1'],
    ['stat = /x', 'unknown key stat'],
    ['etc = /x', 'unknown key etc'],
  ])('%j is refused', ([text, problem]) => {
    expect(() => parseConf(text, 'conf')).toThrow(failure('ERR_STATELITE_CONFIG', 'conf', problem));
  });

  test('an unknown key is answered with the nearest', () => {
    expect(() => parseConf('instaldir = /x', 'conf')).toThrow(
      expect.objectContaining({ hint: 'did you mean installdir?' }),
    );
  });
});
