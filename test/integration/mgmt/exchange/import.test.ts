import { readFileSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect } from 'vitest';
import { parseStockReply } from '../../../../agent/protocol/stock-xml.ts';
import { parseCsv } from '../../../../mgmt/db/csv.ts';
import { type TableName, tables } from '../../../../mgmt/db/tables.ts';
import { importTables } from '../../../../mgmt/exchange/import-tables.ts';
import { readDump } from '../../../../mgmt/exchange/read-dump.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { failure } from '../../../helpers/rows.ts';

/** The tables of a stock daemon, as it dumped them. */
const recorded = [
  'litefile',
  'litetree',
  'noderes',
  'nodetype',
  'osimage',
  'linuximage',
  'statelite',
  'policy',
] as const satisfies readonly TableName[];

function recordedDump(table: TableName): string {
  const { pathname } = new URL(
    `../../../fixtures/xcatd/root-tabdump-${table}.rsp`,
    import.meta.url,
  );
  return `${parseStockReply(readFileSync(pathname, 'utf8')).data.join('\n')}\n`;
}

const nodes = Array.from({ length: 250 }, (_, index) => `"n${index + 1}","compute,all"`);
const nodelist = `#node,groups\n${nodes.join('\n')}\n`;

/** Files of a dump below the management node; returns the directory. */
async function dump(mn: Management, files: Readonly<Record<string, string>>): Promise<string> {
  const directory = join(mn.directory, 'dump');
  await mkdir(directory, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return directory;
}

const csvFiles: Readonly<Record<string, string>> = {
  ...Object.fromEntries(recorded.map((table) => [`${table}.csv`, recordedDump(table)])),
  'nodelist.csv': nodelist,
};

/** One database per table, as xCAT makes them: text columns, blank is NULL. */
function writeSqlite(path: string, name: string, text: string): DatabaseSync {
  const table = Object.values(tables).find((one) => one.name === name);
  if (table === undefined) throw new Error(`no table ${name}`);
  const columns = Object.keys(table.columns).map((column) => `"${column}"`);
  const db = new DatabaseSync(path);
  const types = columns.map((column) => `${column} VARCHAR(512)`);
  db.exec(`CREATE TABLE "${name}" (${types.join(', ')})`);
  db.exec('BEGIN');
  for (const { values } of parseCsv(text, table, name)) {
    const given = Object.entries(values).filter(([, value]) => value !== '');
    const into = given.map(([column]) => `"${column}"`).join(', ');
    const marks = given.map(() => '?').join(', ');
    db.prepare(`INSERT INTO "${name}" (${into}) VALUES (${marks})`).run(
      ...given.map(([, value]) => value),
    );
  }
  db.exec('COMMIT');
  return db;
}

async function sqliteDump(mn: Management): Promise<string> {
  const directory = await dump(mn, {});
  for (const [file, text] of Object.entries(csvFiles)) {
    const name = file.replace('.csv', '');
    writeSqlite(join(directory, `${name}.sqlite`), name, text).close();
  }
  return directory;
}

const everything = async (mn: Management) => {
  const dumps = await Promise.all(
    Object.values(tables).map(async (table) => [table.name, await mn.store().select(table)]),
  );
  return JSON.stringify(dumps);
};

describe('the tables of a stock daemon', () => {
  test.for(['csv', 'sqlite'])('are imported from %s files as they are', async (kind, { mn }) => {
    const directory = kind === 'csv' ? await dump(mn, csvFiles) : await sqliteDump(mn);
    const { code, out, err } = await mn.run('import', 'xcat', directory);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`litefile.${kind}: 71 rows`);
    expect(out.at(-1)).toBe('imported 347 rows of 9 tables');
    for (const table of recorded) {
      const { out: dumped } = await mn.run('tabdump', table);
      expect(`${dumped.join('\n')}\n`).toBe(recordedDump(table));
    }
    expect(await mn.store().select(tables.nodelist)).toHaveLength(250);
    expect(out.join('\n')).toMatch(
      /^nodes n\[1-250\], images rhcompute,slcompute: tree 3\.0 \/local\/only: here searched in the image, stock not searched: node QUIRK-16/mu,
    );
    expect(out.join('\n')).toMatch(/^image slcompute: \/etc\/ntp\.conf: here tmpfs .*stock bind/mu);
  });

  test('are exported as they were, and nobody else can read them', async ({ mn }) => {
    await mn.run('import', 'xcat', await dump(mn, csvFiles));
    const { code, out } = await mn.run('export', 'xcat', 'out/new');
    expect(code).toBe(0);
    expect(out).toContain('litefile.csv: 71 rows');
    for (const table of recorded) {
      expect(readFileSync(join(mn.directory, `out/new/${table}.csv`), 'utf8')).toBe(
        recordedDump(table),
      );
    }
    const before = await everything(mn);
    expect(await mn.run('import', 'xcat', 'out/new')).toMatchObject({ code: 0 });
    expect(await everything(mn)).toBe(before);
  });

  test('are told as JSON as well', async ({ mn }) => {
    const directory = await dump(mn, { ...csvFiles, 'eventlog.csv': '#recid\n"1"\n"2"\n' });
    const { out } = await mn.run('import', 'xcat', directory, '--json');
    expect(JSON.parse(out.join('\n'))).toMatchObject({
      kind: 'csv',
      committed: true,
      refused: [],
      unknownTables: [{ name: 'eventlog', rows: 2 }],
    });
  });
});

describe('import xcat', () => {
  test('replaces the tables that are given, and leaves the others', async ({ mn }) => {
    await mn.run('nodeadd', 'old', 'groups=all');
    await mn.run('chtab', 'key=domain', 'site.value=kept');
    await mn.run('import', 'xcat', await dump(mn, { 'nodelist.csv': '#node\nn1\n' }));
    expect((await mn.run('nodels')).out).toEqual(['n1']);
    expect(await mn.store().select(tables.site, { key: 'domain' })).toHaveLength(1);
  });

  test('--add keeps rows, and sets the columns that are given of those of the same key', async ({
    mn,
  }) => {
    await mn.run('nodeadd', 'n1,old', 'groups=all', 'nodelist.comments=kept');
    const directory = await dump(mn, { 'nodelist.csv': '#node,groups\nn1,new\nn2,new\n' });
    expect(await mn.run('import', 'xcat', '--add', directory)).toMatchObject({ code: 0 });
    const rows = await mn.store().select(tables.nodelist);
    expect(rows.map(({ node, groups, comments }) => [node, groups, comments])).toEqual([
      ['n1', 'new', 'kept'],
      ['old', 'all', 'kept'],
      ['n2', 'new', null],
    ]);
  });

  test('--dry-run tells the same and changes nothing', async ({ mn }) => {
    await mn.run('nodeadd', 'old', 'groups=all');
    const directory = await dump(mn, csvFiles);
    const before = await everything(mn);
    const dry = await mn.run('import', 'xcat', '--dry-run', directory);
    expect(dry).toMatchObject({ code: 0, err: '' });
    expect(dry.out.at(-1)).toContain('nothing is changed');
    expect(await everything(mn)).toBe(before);
    const real = await mn.run('import', 'xcat', directory);
    expect(real.out.slice(0, -1)).toEqual(dry.out.slice(0, -1));
  });

  test('tells every bad row and imports nothing, or with --skip-bad the others', async ({ mn }) => {
    await mn.run('nodeadd', 'old', 'groups=all');
    const before = await everything(mn);
    const directory = await dump(mn, {
      'nodelist.csv': '#node,groups\nn1,all\n"../x",all\n',
      'litefile.csv': '#image,file,options\nALL,/a,tmpfs\nALL,b,tmpfs\n',
      'statelite.csv': '#node,statemnt\nall,/state/x/\n',
    });
    const { code, out, err } = await mn.run('import', 'xcat', directory);
    expect(code).toBe(1);
    expect(err).toContain('3 rows cannot be imported: nothing is imported');
    const refused = out.filter((line) => line.startsWith('refused: '));
    expect(refused).toEqual([
      expect.stringContaining('litefile.csv line 3'),
      expect.stringContaining('nodelist.csv line 3'),
      expect.stringMatching(/statelite\.csv line 2.*mgmt QUIRK-14/u),
    ]);
    expect(await everything(mn)).toBe(before);
    expect(await mn.run('import', 'xcat', '-n', directory)).toMatchObject({ code: 1 });
    expect(await everything(mn)).toBe(before);

    const skipping = await mn.run('import', 'xcat', '--skip-bad', directory);
    expect(skipping).toMatchObject({ code: 0, err: '' });
    expect(skipping.out.at(-1)).toBe('imported 2 rows of 3 tables');
    expect((await mn.run('nodels')).out).toEqual(['n1']);
  });

  test('refuses litefile rows that do not fit together, unless told to take them', async ({
    mn,
  }) => {
    const directory = await dump(mn, {
      'litefile.csv': '#image,file,options\nALL,/var/,tmpfs\nALL,/var/x,link\n',
      'osimage.csv': '#imagename,provmethod\nimg,statelite\n',
    });
    const { code, out, err } = await mn.run('import', 'xcat', directory);
    expect(code).toBe(1);
    expect(err).toContain('the litefile table has 1 problem');
    expect(out).toContainEqual(expect.stringMatching(/^problem: "\/var\/x" \(link\)/u));
    expect(out).toContainEqual(expect.stringContaining('mgmt QUIRK-37'));
    expect(await mn.store().select(tables.litefile)).toEqual([]);
    expect(await mn.run('import', 'xcat', '--skip-bad', directory)).toMatchObject({ code: 0 });
    expect(await mn.store().select(tables.litefile)).toHaveLength(2);
  });

  test('lists tables and columns that are not known here', async ({ mn }) => {
    const directory = await dump(mn, {
      'nodelist.csv': '#node,colour,groups\nn1,red,all\nn2,,all\n',
      'vendor.csv': '#a\n1\n',
      'broken.csv': '#a\n"1\n',
      'readme.txt': 'not a table',
      'litefile.old.csv': 'a copy that somebody made',
    });
    const { code, out } = await mn.run('import', 'xcat', directory);
    expect(code).toBe(0);
    expect(out).toContain('vendor.csv: not imported, there is no such table here (1 row)');
    expect(out).toContain('broken.csv: not imported, there is no such table here (not readable)');
    expect(out).toContain(
      'nodelist.csv: the column colour is not imported, there is none here (1 value)',
    );
    expect((await mn.run('nodels')).out).toEqual(['n1', 'n2']);
  });

  test('never prints a password', async ({ mn }) => {
    const passwd = '#key,username,password\nsystem,root,hunter2\nsystem,root,hunter2\n';
    const directory = await dump(mn, { 'passwd.csv': passwd });
    const first = await mn.run('import', 'xcat', directory);
    expect(first.code).toBe(1);
    expect(first.out.join('\n')).toContain('passwd.csv line 2 has the same key and username');
    const second = await mn.run('import', 'xcat', '--skip-bad', '--json', directory);
    expect(second.code).toBe(0);
    expect([first, second].map(({ out, err }) => `${out.join('\n')}${err}`).join('')).not.toContain(
      'hunter2',
    );
    expect(await mn.store().select(tables.passwd)).toHaveLength(1);
  });

  test.for<[string, Record<string, string>, string[]]>([
    ['without any table', { 'x.txt': '' }, ['ERR_STATELITE_NOT_FOUND', 'neither <table>.csv']],
    ['without a table of ours', { 'vendor.csv': '#a\n' }, ['no table that statelite knows']],
    ['of both kinds', { 'site.csv': '#key\n', 'mac.sqlite': '' }, ['both CSV and SQLite']],
    ['with a header that is none', { 'site.csv': 'key\n' }, ['ERR_STATELITE_CSV', 'line 1']],
    ['with a column named twice', { 'site.csv': '#key,key\n' }, ['key is named twice']],
    ['with a quote out of place', { 'site.csv': '#key\n"a"b\n' }, ['site.csv line 2']],
    ['with too many values', { 'site.csv': '#key,value\na,b,c\n' }, ['3 values for 2 columns']],
    ['with a file that is no database', { 'site.sqlite': 'x'.repeat(2000) }, ['site.sqlite']],
    ['with an empty database', { 'site.sqlite': '' }, ['it has no table site']],
  ])('refuses a directory %s', async ([, files, parts], { mn }) => {
    const { code, out, err } = await mn.run('import', 'xcat', await dump(mn, files));
    expect({ code, out }).toEqual({ code: 1, out: [] });
    for (const part of parts) expect(err).toContain(part);
  });

  test('refuses what is no directory, no file, no text, or another format', async ({ mn }) => {
    await mn.write('file', '');
    expect((await mn.run('import', 'xcat', 'file')).err).toContain('cannot read the directory');
    expect((await mn.run('import', 'xcat', 'nowhere')).err).toContain('cannot read the directory');
    expect(await mn.run('import', 'cobbler', 'dump')).toMatchObject({ code: 2 });
    const directory = await dump(mn, {});
    await mkdir(join(directory, 'site.csv'));
    expect((await mn.run('import', 'xcat', directory)).err).toContain('site.csv is not a file');
    await rm(join(directory, 'site.csv'), { recursive: true });
    await symlink('/nowhere', join(directory, 'site.csv'));
    expect((await mn.run('import', 'xcat', directory)).err).toContain('site.csv is not a file');
    await rm(join(directory, 'site.csv'));
    await writeFile(join(directory, 'site.csv'), Buffer.from('#key,value\na,\xe9\n', 'latin1'));
    expect((await mn.run('import', 'xcat', directory)).err).toContain('is not UTF-8');
  });
});

test('a row that the database refuses leaves everything as it was', async ({ mn }) => {
  await mn.run('nodeadd', 'old', 'groups=all');
  const before = await everything(mn);
  const row = { key: 'domain', value: 'x' };
  const good = [
    { table: tables.nodelist, file: 'nodelist.csv', rows: [] },
    { table: tables.site, file: 'site.csv', rows: [row, row] },
  ];
  const options = { add: false, despiteProblems: false, dryRun: false };
  await expect(importTables(mn.store(), good, options)).rejects.toEqual(
    failure('ERR_STATELITE_TABLE', 'site', 'domain'),
  );
  expect(await everything(mn)).toBe(before);
});

describe('SQLite files', () => {
  const siteCsv = '#key,value\nmaster,mn\n';

  test('are read with what is only in their write-ahead log yet', async ({ mn }) => {
    const directory = await dump(mn, {});
    using db = writeSqlite(join(directory, 'site.sqlite'), 'site', siteCsv);
    db.exec('PRAGMA journal_mode = WAL');
    db.exec(`INSERT INTO site ("key", value) VALUES ('domain', 'example.org')`);
    const { tables: found } = await readDump(directory);
    expect(found[0]?.rows.map(({ values }) => values['key'])).toEqual(['master', 'domain']);
  });

  test('are left as they are, and their owner goes on writing', async ({ mn }) => {
    const directory = await dump(mn, {});
    using db = writeSqlite(join(directory, 'site.sqlite'), 'site', siteCsv);
    await chmod(join(directory, 'site.sqlite'), 0o400);
    const before = readFileSync(join(directory, 'site.sqlite'));
    await readDump(directory);
    expect(readFileSync(join(directory, 'site.sqlite'))).toEqual(before);
    expect(await readdir(directory)).toEqual(['site.sqlite']);
    db.exec(`DELETE FROM site`);
  });

  test('that stay locked are an error that says so', async ({ mn }) => {
    const directory = await dump(mn, {});
    using db = writeSqlite(join(directory, 'site.sqlite'), 'site', siteCsv);
    db.exec('BEGIN EXCLUSIVE');
    await expect(readDump(directory, 1)).rejects.toEqual(
      failure('ERR_STATELITE_DATABASE', 'site.sqlite'),
    );
    db.exec('ROLLBACK');
    expect((await readDump(directory, 1)).tables).toHaveLength(1);
  });

  test('tell an empty image from NULL, which makes a difference to stock xCAT', async ({ mn }) => {
    const directory = await dump(mn, {});
    const text = '#priority,directory\n1,nfs1:/a\n2,nfs1:/b\n';
    using db = writeSqlite(join(directory, 'litetree.sqlite'), 'litetree', text);
    db.exec(`UPDATE litetree SET image = '' WHERE priority = '2'`);
    const { code, out } = await mn.run('import', 'xcat', directory);
    expect(code).toBe(0);
    expect(out).toContainEqual(
      expect.stringMatching(/^note: litetree\.sqlite: 1 row .*QUIRK-2\)/u),
    );
    const rows = await mn.store().select(tables.litetree);
    expect(rows.map(({ image }) => image)).toEqual(['', '']);
  });

  test('may have tables and columns that are not known here, and numbers', async ({ mn }) => {
    const directory = await dump(mn, {});
    using db = writeSqlite(join(directory, 'litetree.sqlite'), 'litetree', '#priority\n');
    db.exec('ALTER TABLE litetree ADD COLUMN "a ""b" TEXT');
    db.exec(`ALTER TABLE litetree DROP COLUMN mntopts`);
    db.exec('DROP TABLE litetree');
    db.exec('CREATE TABLE litetree (priority, "a ""b", directory)');
    db.exec(`INSERT INTO litetree VALUES (15, 'x', 'nfs1:/t'), (1.5, NULL, 'nfs1:/u')`);
    using other = new DatabaseSync(join(directory, 'vendor.sqlite'));
    other.exec('CREATE TABLE vendor (a); INSERT INTO vendor VALUES (1), (2)');
    await writeFile(join(directory, 'junk.sqlite'), 'x'.repeat(1000));
    const { tables: found, unknownTables } = await readDump(directory);
    expect(found[0]?.unknownColumns).toEqual([{ column: 'a "b', values: 1 }]);
    expect(found[0]?.rows.map(({ values }) => values['priority'])).toEqual(['15', '1.5']);
    expect(unknownTables.map(({ name, rows }) => [name, rows])).toEqual([
      ['junk', undefined],
      ['vendor', 2],
    ]);
  });

  test('that hold binary data are refused', async ({ mn }) => {
    const directory = await dump(mn, {});
    using db = writeSqlite(join(directory, 'site.sqlite'), 'site', siteCsv);
    db.exec(`UPDATE site SET value = x'ff00'`);
    await expect(readDump(directory)).rejects.toEqual(
      failure('ERR_STATELITE_DATABASE', 'site.sqlite'),
    );
  });
});

describe('export xcat', () => {
  test('refuses a directory that has files, unless told to', async ({ mn }) => {
    await mn.run('nodeadd', 'n1', 'groups=all');
    const directory = await dump(mn, { 'nodelist.csv': 'old', 'other.txt': 'kept' });
    const refused = await mn.run('export', 'xcat', directory);
    expect(refused).toMatchObject({ code: 2, out: [] });
    expect(refused.err).toContain('is not empty');
    expect(readFileSync(join(directory, 'nodelist.csv'), 'utf8')).toBe('old');
    expect(await mn.run('export', 'xcat', '--force', directory)).toMatchObject({ code: 0 });
    expect(readFileSync(join(directory, 'nodelist.csv'), 'utf8')).toContain('"n1","all"');
    expect(readFileSync(join(directory, 'other.txt'), 'utf8')).toBe('kept');
    await mn.write('file', '');
    expect((await mn.run('export', 'xcat', 'file')).err).toContain('is no directory');
  });

  test('tells which trees have another priority in xCAT', async ({ mn }) => {
    await mn.run('chtab', 'priority=1,image=a', 'litetree.directory=nfs1:/a');
    await mn.run('chtab', 'priority=1,image=b', 'litetree.directory=nfs1:/b');
    await mn.run('chtab', 'image=,file=/x', 'litefile.options=tmpfs');
    const { out } = await mn.run('export', 'xcat', 'out');
    expect(out).toContainEqual(
      expect.stringMatching(
        /^litetree\.csv: priority 1 of nfs1:\/b for b is 1\.1 there: .*QUIRK-5/u,
      ),
    );
    expect(out).toContainEqual(expect.stringMatching(/^1 litefile row .*QUIRK-2\)/u));
    const { out: json } = await mn.run('export', 'xcat', 'out', '--force', '--json');
    expect(JSON.parse(json.join('\n'))).toMatchObject({ renumbered: [{ from: '1', to: '1.1' }] });
  });
});
