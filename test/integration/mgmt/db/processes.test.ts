import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasCode } from '../../../../agent/errors.ts';
import { openStore } from '../../../../mgmt/db/store.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { type Databases, databaseKinds } from '../../../helpers/databases.ts';

const { mac, site } = tables;
const sources = new URL('../../../../mgmt/main.ts', import.meta.url).pathname;
const mebibyte = 2 ** 20;

/** How many bytes a transaction that has not ended yet has written. */
const written = {
  async SQLite(path: string): Promise<number> {
    try {
      return (await stat(`${path}-wal`)).size;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return 0;
      throw error;
    }
  },
  async PostgreSQL(url: string): Promise<number> {
    const client = new Client({ connectionString: `${url}&user=root` });
    await client.connect();
    const { rows } = await client.query<{ size: string }>("SELECT pg_relation_size('mac') AS size");
    await client.end();
    return Number(rows[0]?.size);
  },
};

describe.each(databaseKinds)('processes on $kind', ({ kind, start }) => {
  let databases: Databases;
  let directory: string;
  let program: string;
  beforeAll(async () => {
    databases = await start();
    directory = await mkdtemp(join(tmpdir(), 'statelite-processes-'));
    program = await bundle(directory);
  });
  afterAll(async () => {
    await databases[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  const environment = (database: string) => ({
    PATH: process.env['PATH'],
    STATELITE_ETC: join(directory, 'etc'),
    STATELITE_DATABASE: database,
  });
  const run = (database: string, ...argv: string[]) =>
    promisify(execFile)(process.execPath, [program, ...argv], { env: environment(database) });

  test(
    'fifty commands at once, on a new database, lose nothing',
    { timeout: 120_000 },
    async () => {
      const database = await databases.create();
      const words = Array.from({ length: 25 }, (_, index) => `w${index}`);
      await Promise.all(
        words.flatMap((word) => [
          run(database, 'chtab', 'key=list', `site.value+=${word}`),
          run(database, 'chtab', `key=${word}`, `site.value=${word}`),
        ]),
      );
      const store = openStore(database);
      const values = new Map((await store.select(site)).map(({ key, value }) => [key, value]));
      const changes = (await store.history()).map(({ change }) => change);
      await store.close();
      expect(values.get('list')?.split(',').toSorted()).toEqual(words.toSorted());
      for (const word of words) expect(values.get(word)).toBe(word);
      expect(changes).toEqual(Array.from({ length: 50 }, (_, index) => 50 - index));
    },
  );

  test('a tabrestore that is killed leaves the old table, and nobody waiting', async () => {
    const database = await databases.create();
    const store = openStore(database);
    await store.insert(mac, { node: 'old', mac: '52:54:00:00:00:01' });
    const rows = Array.from(
      { length: 100_000 },
      (_, index) => `"n${index}",,"52:54:00:00:00:00",,`,
    );
    const csv = join(directory, 'mac.csv');
    await writeFile(csv, `#node,interface,mac,comments,disable\n${rows.join('\n')}\n`);

    const restoring = spawn(process.execPath, [program, 'tabrestore', csv], {
      env: environment(database),
      stdio: 'ignore',
    });
    const exited = once(restoring, 'exit');
    while (restoring.exitCode === null && (await written[kind](database)) < mebibyte) {
      await setTimeout(5);
    }
    restoring.kill('SIGKILL');

    expect(await exited).toEqual([null, 'SIGKILL']);
    expect(await store.select(mac)).toMatchObject([{ node: 'old' }]);
    await store.insert(mac, { node: 'new' });
    expect(await store.select(mac)).toHaveLength(2);
    expect(await store.history({ limit: 1 })).toMatchObject([{ change: 2, key: { node: 'new' } }]);
    await store.close();
  });
});

/** Fifty processes that read the sources would take minutes. */
async function bundle(directory: string): Promise<string> {
  const outfile = join(directory, 'statelite.mjs');
  await build({
    entryPoints: [sources],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['pg-native'],
    banner: {
      js: "import { createRequire as from } from 'node:module'; const require = from(import.meta.url);",
    },
  });
  return outfile;
}
