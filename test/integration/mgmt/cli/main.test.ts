import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';

describe('the command', () => {
  test('explains itself and its verbs', async ({ mn }) => {
    const all = await mn.run('--help');
    expect(all.code).toBe(0);
    expect(all.out.join('\n')).toMatch(/statelite lslite \[noderange\][^]*STATELITE_STATE/u);
    const one = await mn.run('lslite', '--help');
    expect(one.out.join('\n')).toContain('-i, --image');
    expect((await mn.run('--version')).out[0]).toMatch(/^\d+\.\d+\.\d+$/u);
  });

  test.for<[string[], string]>([
    [[], 'no verb is given'],
    [['lslit', 'n1'], 'did you mean lslite?'],
    [['frobnicate'], 'the verbs are'],
    [['tabdump', '--wher', 'a==b'], 'tabdump: Unknown argument: wher'],
    [['--frob'], 'no verb is given'],
    [['tabdump', '--state'], 'Not enough arguments following: state'],
    [['tabdump', '--state='], '--state is blank'],
  ])('%j is not understood: exit status 2, and no database', async ([argv, message], { mn }) => {
    const { code, out, err } = await mn.run(...argv);
    expect({ code, out }).toEqual({ code: 2, out: [] });
    expect(err).toContain(message);
  });

  test('moves everything with its options', async ({ mn }) => {
    const state = join(mn.directory, 'elsewhere');
    await mn.run('--state', state, 'chtab', 'key=x', 'site.value=1');
    expect((await mn.run('tabdump', 'site', '--state', state)).out).toHaveLength(2);
    expect((await mn.run('tabdump', 'site')).out).toHaveLength(1);
  });

  test('refuses a configuration with an unknown key before it does anything', async ({ mn }) => {
    await mkdir(join(mn.directory, 'etc'));
    await writeFile(join(mn.directory, 'etc/statelite.conf'), 'sate = /x\n');
    const { code, err } = await mn.run('tabdump');
    expect(code).toBe(1);
    expect(err).toMatch(
      /ERR_STATELITE_CONFIG: .*line 1: unknown key sate\n.*did you mean state\?/u,
    );
  });

  test('says which database it cannot use', async ({ mn }) => {
    await writeFile(join(mn.directory, 'state'), 'a file where the directory should be');
    const { code, err } = await mn.run('nodels');
    expect(code).toBe(1);
    expect(err).toMatch(
      /ERR_STATELITE_DATABASE: cannot use the database .*statelite\.db\n.*cause: /u,
    );
  });
});

test('errors for the journal have their priority', async () => {
  await using mn = await management({ stderr: 'journal' });
  expect((await mn.run('tabdump', 'nosuch')).err).toMatch(
    /^<3>statelite: ERR_STATELITE_NOT_FOUND/u,
  );
});
