import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { tables } from '../../../../mgmt/db/tables.ts';
import { test } from '../../../helpers/mgmt-test.ts';

const header = '#image,file,options,comments,disable';

describe('tabrestore', () => {
  test('loads the samples of the cookbook as printed', async ({ mn }) => {
    await mn.write(
      'litefile.csv',
      `${header}\n"ALL", "/etc/adjtime",,,,\n"ALL", "/var/tmp/", , , ,\n"ALL", "/etc/ntp.conf", "bind", , ,\n`,
    );
    expect(await mn.run('tabrestore', 'litefile.csv')).toEqual({ code: 0, out: [], err: '' });
    expect((await mn.run('tabdump', 'litefile')).out).toEqual([
      header,
      '"ALL","/etc/adjtime",,,',
      '"ALL","/var/tmp/",,,',
      '"ALL","/etc/ntp.conf","bind",,',
    ]);
  });

  test('names every bad row at once', async ({ mn }) => {
    const rows = ['ALL,/a', 'ALL,etc', '', 'ALL,/a', 'ALL,/b,nfs'];
    await mn.write('litefile.csv', `#image,file,options,disable\n${rows.join('\n')}\n`);
    const { code, out, err } = await mn.run('tabrestore', 'litefile.csv');
    expect({ code, out }).toEqual({ code: 1, out: [] });
    const lines = err.split('\n').filter((line) => line.includes(': line '));
    expect(lines.map((line) => /line \d+: litefile row \S+/u.exec(line)?.[0])).toEqual([
      'line 3: litefile row image=ALL,file=etc,',
      'line 5: litefile row image=ALL,file=/a',
      'line 6: litefile row image=ALL,file=/b,',
    ]);
    expect(err).toContain('litefile.csv: 3 rows are refused');
    expect((await mn.run('tabdump', 'litefile')).out).toEqual([header]);
  });

  test('takes what is pasted below the header of an empty table', async ({ mn }) => {
    await mn.write('litefile.csv', `${header}\n${header}  \n"ALL", "/etc/mtab",,,,\n`);
    expect(await mn.run('tabrestore', 'litefile.csv')).toEqual({ code: 0, out: [], err: '' });
  });

  test('adds no row that is there', async ({ mn }) => {
    await mn.run('chtab', 'image=ALL,file=/a', 'litefile.options=ro');
    await mn.write('litefile.csv', '#image,file\nALL,/b\nALL,/a\n');
    const { code, err } = await mn.run('tabrestore', '-a', 'litefile.csv');
    expect(code).toBe(1);
    expect(err).toContain(
      'litefile.csv line 3: litefile row image=ALL,file=/a is there already, in the table',
    );
    expect((await mn.run('tabdump', 'litefile')).out).toEqual([header, '"ALL","/a","ro",,']);
  });

  test('warns once of each name that nothing has', async ({ mn }) => {
    await mn.write('litefile.csv', '#image,file,disable\nx,/a,\nx,/b,\nx,/c,false\n');
    const { code, err } = await mn.run('tabrestore', 'litefile.csv');
    expect(code).toBe(0);
    expect(err.split('\n')).toEqual([
      'statelite: warning: litefile.image "x": there is no such osimage or osimage group',
      'statelite: warning: litefile.disable "false" takes the row out of use: write 1 or 0',
      '',
    ]);
  });

  test('replaces what was there, or adds to it', async ({ mn }) => {
    await mn.write('litefile.1.csv', '#image,file\nALL,/a\nALL,/b\n');
    await mn.write('litefile.2.csv', '#image,file\nALL,/c\n');
    await mn.run('tabrestore', 'litefile.1.csv');
    expect(await mn.run('tabrestore', '--addrows', 'litefile.2.csv')).toMatchObject({ code: 0 });
    expect((await mn.run('tabdump', 'litefile')).out).toHaveLength(4);
    expect((await mn.run('tabrestore', '--json', 'litefile.2.csv')).out.join('')).toContain('1');
    expect((await mn.run('tabdump', 'litefile')).out).toEqual([header, '"ALL","/c",,,']);
  });

  test.for<[string, string, string[]]>([
    ['a bad row', 'ALL,/a\nALL,etc/motd\n', ['ERR_STATELITE_ROW', 'litefile.csv line 3']],
    ['a blank key', 'ALL,/a\n\nALL,\n', ['ERR_STATELITE_ROW', 'line 4']],
    ['one key twice', 'ALL,/a\nALL,/a\n', ['ERR_STATELITE_TABLE', 'line 3', 'there already']],
    ['a broken line', 'ALL,"/a\n', ['ERR_STATELITE_CSV', 'line 2']],
    [
      'parents and children that cannot be',
      'ALL,/var/,persistent\nALL,/var/log/,tmpfs\n',
      ['ERR_STATELITE_TABLE', '"/var/log/" (tmpfs)', '"/var/" (persistent)'],
    ],
  ])('of %s changes nothing', async ([, rows, parts], { mn }) => {
    await mn.run('chtab', 'image=ALL,file=/kept', 'litefile.options=');
    await mn.write('litefile.csv', `#image,file,options\n${rows}`);
    const { code, err } = await mn.run('tabrestore', 'litefile.csv');
    expect(code).toBe(1);
    for (const part of parts) expect(err).toContain(part);
    expect((await mn.run('tabdump', 'litefile')).out).toEqual([header, '"ALL","/kept",,,']);
  });

  test('of a file that is not there, or called like no table, says so', async ({ mn }) => {
    expect((await mn.run('tabrestore', 'litefile.csv')).err).toContain('litefile.csv');
    expect((await mn.run('tabrestore', 'litefil.csv')).err).toContain('did you mean litefile?');
  });
});

describe('tabrestore of litetree', () => {
  test('refuses a directory of the image that overlaps a listed path; chtab warns', async ({
    mn,
  }) => {
    await mn.run('chtab', 'image=ALL,file=/srv/', 'litefile.options=tmpfs');
    await mn.write('litetree.csv', '#priority,directory\n1,/srv/tree\n');
    const restored = await mn.run('tabrestore', 'litetree.csv');
    expect(restored.code).toBe(1);
    expect(restored.err).toContain('directory /srv/tree of the image and the listed path "/srv/"');
    const changed = await mn.run('chtab', 'priority=1', 'litetree.directory=/srv/tree');
    expect(changed.code).toBe(0);
    expect(changed.err).toMatch(/^statelite: warning: .*overlap/u);
  });
});

describe('tabdump', () => {
  test('lists the tables, and says what they and their columns are for', async ({ mn }) => {
    expect((await mn.run('tabdump')).out).toEqual(Object.keys(tables));
    expect((await mn.run('tabdump', '-d')).out).toContain(`site: ${tables.site.doc}`);
    const { out } = await mn.run('tabdump', '-d', 'litetree');
    expect(out[0]).toBe(`priority: ${tables.litetree.columns.priority.doc}`);
    expect(JSON.parse((await mn.run('tabdump', '--json')).out.join(''))).toContain('litefile');
  });

  test('prints the rows for which conditions hold, disabled ones too', async ({ mn }) => {
    await mn.run('chtab', 'image=ALL,file=/a', 'litefile.options=ro', 'litefile.disable=1');
    await mn.run('chtab', 'image=img,file=/a', 'litefile.options=ro');
    await mn.run('chtab', 'image=ALL,file=/b', 'litefile.options=con');
    const where = ['-w', 'options==ro', '-w', 'image==ALL'];
    expect((await mn.run('tabdump', 'litefile', ...where)).out).toEqual([
      header,
      '"ALL","/a","ro",,"1"',
    ]);
    const { out } = await mn.run('tabdump', 'litefile', '--json', ...where);
    expect(JSON.parse(out.join(''))).toEqual([
      { image: 'ALL', file: '/a', options: 'ro', comments: null, disable: '1' },
    ]);
  });

  test('writes a file that tabrestore reads', async ({ mn }) => {
    await mn.run('chtab', 'key=a', 'site.value=x "y", z');
    expect(await mn.run('tabdump', '-f', 'site.csv', 'site')).toMatchObject({ code: 0, out: [] });
    expect(await readFile(join(mn.directory, 'site.csv'), 'utf8')).toContain('"x ""y"", z"');
    await mn.run('chtab', '-d', 'key=a', 'site');
    await mn.run('tabrestore', 'site.csv');
    expect((await mn.run('tabdump', 'site')).out[1]).toBe('"a","x ""y"", z",,');
  });

  test.for<[string[], number, string]>([
    [['nosuchtable'], 1, 'No such table: nosuchtable'],
    [['litefile', '-w', 'option==ro'], 1, 'did you mean options?'],
    [['litefile', '-w', 'options'], 2, 'no condition'],
    [['-w', 'a==b'], 2, '--where and --file'],
    [['-n', '5', 'auditlog'], 1, 'statelite log says who changed what'],
    [['-n', '5', 'litefile'], 2, '-n is for auditlog and eventlog'],
    [['-n', '5', '-d', 'eventlog'], 2, '-n goes with no other option'],
    [['litefile', 'litetree'], 2, 'usage: statelite tabdump [table]'],
  ])('%j is refused', async ([argv, status, message], { mn }) => {
    const { code, out, err } = await mn.run('tabdump', ...argv);
    expect({ code, out }).toEqual({ code: status, out: [] });
    expect(err).toContain(message);
  });
});
