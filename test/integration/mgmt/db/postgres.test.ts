import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from '../../../../mgmt/db/store.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { postgresServer, type PostgresServer } from '../../../helpers/postgres.ts';
import { failure } from '../../../helpers/rows.ts';

const { site } = tables;

let server: PostgresServer;
beforeAll(async () => {
  server = await postgresServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const hostOf = (url: string) => new URL(url).searchParams.get('host') ?? '';
const refused = async (url: string, what: (store: Store) => Promise<unknown>) => {
  const store = openStore(url);
  const error: unknown = await what(store).catch((thrown: unknown) => thrown);
  await store.close();
  return error;
};

test('a server that is gone is named, and used again when it is back', async () => {
  const url = await server.createDatabase();
  const store = openStore(url);
  await store.insert(site, { key: 'domain', value: 'example.com' });
  await server.stop();
  const gone = failure('ERR_STATELITE_DATABASE', 'test1', hostOf(url));
  await expect(store.select(site)).rejects.toThrow(gone);
  await expect(store.upsert(site, { key: 'domain', value: 'x' })).rejects.toThrow(gone);
  await expect(store.dataVersion()).rejects.toThrow(gone);
  await server.start();
  expect(await store.select(site)).toMatchObject([{ value: 'example.com' }]);
  await store.upsert(site, { key: 'domain', value: 'example.org' });
  await store.close();
});

test('a transaction that loses its server fails with what broke it, and leaves nothing', async () => {
  const url = await server.createDatabase();
  const store = openStore(url);
  const losing = store.transaction(async (rows) => {
    await rows.insert(site, { key: 'a' });
    await server.stop();
    await rows.insert(site, { key: 'b' });
  });
  await expect(losing).rejects.toThrow(failure('ERR_STATELITE_DATABASE', hostOf(url)));
  await server.start();
  expect(await store.select(site)).toEqual([]);
  await store.close();
});

test('a database, an account or a server that is not there is an error with a hint', async () => {
  const url = await server.createDatabase();
  const cases = [
    [url.replace(/test\d+/u, 'nosuch'), 'nosuch', 'createdb -O root nosuch makes it'],
    [`${url}&user=nobody`, 'test', 'may nobody log in?'],
    ['postgresql://u:pa55@127.0.0.1:1/db', 'db at 127.0.0.1:1', 'does PostgreSQL run there'],
  ] as const;
  for (const [where, named, hint] of cases) {
    const error = await refused(where, (store) => store.select(site));
    expect(error).toEqual(failure('ERR_STATELITE_DATABASE', named));
    expect(error).toMatchObject({ hint: expect.stringContaining(hint) });
    expect(String(error)).not.toContain('pa55');
  }
});

test('whoever listens hears of each commit, after it, and of no other', async () => {
  const url = await server.createDatabase();
  const store = openStore(url);
  await store.select(site);
  const listener = new Client({ connectionString: `${url}&user=root` });
  const heard: (string | undefined)[] = [];
  listener.on('notification', ({ payload }) => heard.push(payload));
  await listener.connect();
  await listener.query('LISTEN statelite');
  await store.insert(site, { key: 'a' });
  const first = await store.dataVersion();
  await store.upsert(site, { key: 'a', value: null });
  await expect(store.insert(site, { key: 'a' })).rejects.toThrow(failure('ERR_STATELITE_TABLE'));
  await store.remove(site, { key: 'a' });
  const second = await store.dataVersion();
  await listener.query('SELECT');
  expect(heard).toEqual([first, second]);
  await listener.end();
  await store.close();
});

test('a URL that cannot be read is refused without its password', async () => {
  const error = await refused('postgresql://u:pa55@host:port/db', (store) => store.select(site));
  expect(error).toEqual(failure('ERR_STATELITE_CONFIG', 'database setting'));
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('pa55');
});
