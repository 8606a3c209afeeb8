import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import { test } from '../../../helpers/mgmt-test.ts';

const program = new URL('../../../../mgmt/main.ts', import.meta.url).pathname;
const sample = (name: string) => new URL(`../../../fixtures/${name}`, import.meta.url).pathname;

/** The sample tables of the cookbook as printed: blanks after commas, surplus commas, `bind`. */
const samples = [
  { name: 'redhat-litefile.csv', rows: 42, file: '"ALL","/xcatpost/",,,' },
  { name: 'sles-litefile.csv', rows: 26, file: '"ALL","/etc/ntp.conf","bind",,' },
];

describe('a sample of the litefile table', () => {
  test.for(samples)('is loaded by tabrestore: $name', async ({ name, rows, file }, { mn }) => {
    await copyFile(sample(name), join(mn.directory, 'litefile.csv'));
    expect(await mn.run('tabrestore', 'litefile.csv')).toEqual({ code: 0, out: [], err: '' });
    const { out } = await mn.run('tabdump', 'litefile');
    expect(out).toHaveLength(1 + rows);
    expect(out).toContain(file);
  });

  test.for(samples)(
    'is pasted in tabedit: $name',
    { timeout: 60_000 },
    async ({ name, rows, file }, { mn }) => {
      // The header of the sample comes a second time, as a comment.
      const env = { ...mn.io.env, PATH: process.env['PATH'], EDITOR: `sed -i r${sample(name)}` };
      await promisify(execFile)(process.execPath, [program, 'tabedit', 'litefile'], { env });
      const { out } = await mn.run('tabdump', 'litefile');
      expect(out).toHaveLength(1 + rows);
      expect(out).toContain(file);
    },
  );
});

describe('the rows that the cookbook prints', () => {
  test('of litetree are loaded', async ({ mn }) => {
    const rows = [
      '1,,10.0.0.1:/syncdirs/$nodepos.room/$nodetype.os/$nodetype.arch/$nodetype.profile',
      '1.5,,$noderes.nfsserver:/stalite/$node',
      '2,,cnfs:/gpfs/dallas/',
    ];
    await mn.write('litetree.csv', `#priority,image,directory\n${rows.join('\n')}\n`);
    expect(await mn.run('tabrestore', 'litetree.csv')).toEqual({ code: 0, out: [], err: '' });
    expect((await mn.run('tabdump', 'litetree')).out[3]).toBe('"2",,"cnfs:/gpfs/dallas/",,,');
  });

  test.for<[string, string, string]>([
    ['"japan",,,"cnfs:/gpfs/state",,,', 'statelite row node=japan', 'statemnt'],
    ['"hv321par05",,,"$noderes.nfssserver:/lite/state/$nodetype.profile",,', 'hv321', 'statemnt'],
    ['"hv321par05",,"$noderes.nfssserver:/lite/state",', 'nfssserver', 'did you mean nfsserver?'],
  ])('of statelite have mistakes, which are named: %s', async ([row, ...parts], { mn }) => {
    await mn.write('statelite.csv', `#node,image,statemnt,mntopts,comments,disable  \n${row}\n`);
    const { code, err } = await mn.run('tabrestore', 'statelite.csv');
    expect(code).toBe(1);
    for (const part of ['statelite.csv line 2', ...parts]) expect(err).toContain(part);
  });

  test('of policy change nothing, however often', async ({ mn }) => {
    mn.store(); // makes the database
    const before = await mn.run('tabdump', 'policy');
    for (const words of [
      ['priority=4.7', 'policy.commands=litefile', 'policy.rule=allow'],
      ['priority=4.8', 'policy.commands=litetree', 'policy.rule=allow'],
      ['priority=4.7', 'policy.commands=litefile', 'policy.rule=allow'],
    ]) {
      expect(await mn.run('chtab', ...words)).toEqual({ code: 0, out: [], err: '' });
    }
    expect(await mn.run('tabdump', 'policy')).toEqual(before);
  });
});
