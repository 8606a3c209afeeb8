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

describe('settings', () => {
  test('have defaults for a real management node', () => {
    expect(resolveSettings(nowhere)).toEqual({
      etc: '/nowhere',
      state: '/var/lib/statelite',
      installdir: undefined,
      tftpdir: undefined,
      agent: '/opt/s/statelite-agent',
    });
  });

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
