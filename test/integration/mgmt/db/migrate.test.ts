import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schemaVersion } from '../../../../mgmt/db/migrate.ts';
import { openStore } from '../../../../mgmt/db/store.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { type Databases, databaseKinds } from '../../../helpers/databases.ts';
import { failure } from '../../../helpers/rows.ts';

const { litefile, policy, site } = tables;

/** Statements past the store, as an older or newer statelite would have left them. */
const exec = {
  async SQLite(path: string, sql: string) {
    using db = new DatabaseSync(path);
    db.exec(sql);
  },
  async PostgreSQL(url: string, sql: string) {
    const client = new Client({ connectionString: `${url}&user=root` });
    await client.connect();
    await client.query(sql);
    await client.end();
  },
};

const setVersion = {
  SQLite: (version: number) => `PRAGMA user_version = ${version}`,
  PostgreSQL: (version: number) => `UPDATE store_version SET version = ${version}`,
};

describe.each(databaseKinds)('on $kind', ({ kind, start }) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases[Symbol.asyncDispose]());

  /** A database with this version, and what these statements do. */
  const made = async (version: number, sql = '') => {
    const where = await databases.create();
    const store = openStore(where);
    await store.select(site);
    await store.close();
    await exec[kind](where, `${setVersion[kind](version)};${sql}`);
    return where;
  };

  test('a database of an older statelite gets its missing tables and columns, and keeps its rows', async () => {
    const where = await made(
      schemaVersion - 1,
      "INSERT INTO site (key, value) VALUES ('domain', 'example.com');" +
        'ALTER TABLE site DROP COLUMN comments; DROP TABLE litefile; DROP TABLE history_row',
    );
    const store = openStore(where);
    expect(await store.select(site)).toMatchObject([
      { key: 'domain', value: 'example.com', comments: null, disable: null },
    ]);
    expect(await store.select(litefile)).toEqual([]);
    expect(await store.history()).toEqual([]);
    await store.close();
  });

  test('default rows that were removed stay removed', async () => {
    const where = await made(schemaVersion - 1, "DELETE FROM policy WHERE priority = '4.7'");
    const store = openStore(where);
    expect(await store.select(policy, { priority: '4.7' })).toEqual([]);
    expect(await store.select(policy, { priority: '4.8' })).toHaveLength(1);
    await store.close();
  });

  test('a database of a newer statelite is left alone', async () => {
    const where = await made(schemaVersion + 1);
    const opened = async () => openStore(where).select(site);
    await expect(opened()).rejects.toThrow(
      failure('ERR_STATELITE_DATABASE', `version ${schemaVersion + 1}`),
    );
  });

  test('many that open a new database at once make it once', async () => {
    const where = await databases.create();
    const read = async () => {
      const store = openStore(where);
      const rows = await store.select(policy);
      await store.close();
      return rows.length;
    };
    const counts = await Promise.all(Array.from({ length: 10 }, read));
    expect(new Set(counts).size).toBe(1);
    expect(counts[0]).toBeGreaterThan(10);
  });
});
