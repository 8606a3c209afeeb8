import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect } from 'vitest';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';

beforeEach<{ mn: Management }>(async ({ mn }) => {
  await mn.run('nodeadd', 'n1', 'groups=all');
  await mn.write('nodelist.csv', '#node,groups\n"other","all"\n');
  await mkdir(join(mn.directory, 'rootimg'));
});

const state = async (mn: Management) => ({
  nodes: (await mn.run('tabdump', 'nodelist')).out,
  files: (await readdir(mn.directory, { recursive: true })).filter(
    (name) => !name.startsWith('state/'),
  ),
});

describe('an argument that an unset variable of the shell has left blank', () => {
  test.for<[string, ...string[]]>([
    ['the directory is blank', 'import', 'xcat', ''],
    ['the directory is blank', 'export', 'xcat', ' '],
    ['rootimg is blank', 'add_passwd', ''],
    ['rootimg is blank', 'add_ssh', ''],
    ['--keys is blank', 'add_ssh', 'rootimg', '--keys', ''],
    ['--out is blank', 'setup', '--admin', 'alice', '--out', ''],
    ['--file is blank', 'makehosts', '--file', ''],
    ['--file is blank', 'tabdump', 'site', '--file', ''],
    ['the file is blank', 'tabrestore', ''],
    ['the archive is blank', 'imgimport', ''],
    ['the noderange is blank', 'nodels', ''],
    ['the noderange is blank', 'nodeset', '', 'osimage'],
    ['the noderange is blank', 'rpower', '', 'on'],
    ['the noderange is blank', 'noderm', ' '],
    ['the noderange is blank', 'nodeadd', '', 'groups=x'],
    ['the noderange is blank', 'nodech', '', 'mgt=ipmi'],
    ['the noderange is blank', 'plan', '""'],
    ['the noderange is blank', 'litefile', ''],
    ['the groups are blank', 'nodegrpch', '', 'mgt=ipmi'],
    ['the names of the objects are blank', 'lsdef', ''],
    ['the names of the objects are blank', 'mkdef', '', 'groups=x'],
    ['the names of the objects are blank', 'chdef', '', 'groups=x'],
    ['the names of the objects are blank', 'rmdef', '-t', 'osimage', '-o', ''],
    ['the change is blank', 'undo', ''],
  ])('is refused, and nothing changes: %s: %s %s', async ([message, ...argv], { mn }) => {
    const before = await state(mn);
    const { code, out, err } = await mn.run(...argv);
    expect({ code, out }).toEqual({ code: 2, out: [] });
    expect(err).toMatch(
      new RegExp(`^statelite: ERR_STATELITE_USAGE: (?:\\w+: )?${message}\n`, 'u'),
    );
    expect(await state(mn)).toEqual(before);
  });
});

test('a noderange that selects nothing is no mistake', async ({ mn }) => {
  expect(await mn.run('nodels', 'n1,-n1')).toEqual({ code: 0, out: [], err: '' });
});
