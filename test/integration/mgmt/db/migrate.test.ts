import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { schemaVersion } from '../../../../mgmt/db/migrate.ts';
import { openStore } from '../../../../mgmt/db/store.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { failure } from '../../../helpers/rows.ts';

const { litefile, policy, site } = tables;

async function database() {
  const directory = await mkdtempDisposable(join(tmpdir(), 'statelite-'));
  const path = join(directory.path, 'statelite.db');
  const exec = (sql: string) => {
    using db = new DatabaseSync(path);
    db.exec(sql);
  };
  return { path, exec, [Symbol.asyncDispose]: () => directory.remove() };
}

test('a database of an older statelite gets its missing tables and columns, and keeps its rows', async () => {
  await using old = await database();
  old.exec(
    'CREATE TABLE site (seq INTEGER PRIMARY KEY, key TEXT NOT NULL, value TEXT, UNIQUE (key)) STRICT;' +
      "INSERT INTO site (key, value) VALUES ('domain', 'example.com')",
  );
  const store = openStore(old.path);
  expect(await store.select(site)).toMatchObject([
    { key: 'domain', value: 'example.com', comments: null, disable: null },
  ]);
  expect(await store.select(litefile)).toEqual([]);
  await store.close();
});

test('default rows that were removed stay removed', async () => {
  await using made = await database();
  const first = openStore(made.path);
  await first.remove(policy, { priority: '4.7' });
  await first.close();
  made.exec(`PRAGMA user_version = ${schemaVersion - 1}`);
  const second = openStore(made.path);
  expect(await second.select(policy, { priority: '4.7' })).toEqual([]);
  await second.close();
});

test('a database of a newer statelite is left alone', async () => {
  await using newer = await database();
  newer.exec(`PRAGMA user_version = ${schemaVersion + 1}`);
  expect(() => openStore(newer.path)).toThrow(
    failure('ERR_STATELITE_DATABASE', `version ${schemaVersion + 1}`),
  );
});
