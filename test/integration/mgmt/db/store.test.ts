import { mkdtempDisposable, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test as base } from 'vitest';
import { openStore, type Store } from '../../../../mgmt/db/store.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { type Databases, databaseKinds } from '../../../helpers/databases.ts';
import { failure } from '../../../helpers/rows.ts';
import { eventually } from '../../../helpers/eventually.ts';

const { litefile, litetree, nodelist, policy, site, statelite } = tables;

const motd = { image: 'ALL', file: '/etc/motd' };
const files = async (store: Pick<Store, 'select'>) =>
  (await store.select(litefile)).map(({ file }) => file);

describe.each(databaseKinds)('on $kind', ({ start }) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases[Symbol.asyncDispose]());

  const test = base
    .extend('path', () => databases.create())
    .extend('store', async ({ path }, { onCleanup }) => {
      const store = openStore(path);
      onCleanup(() => store.close());
      return store;
    });

  describe('a new database', () => {
    test('lets nodes ask for what they need to boot', async ({ store }) => {
      const allowed = await store.select(policy, { rule: 'allow', name: null });
      expect(allowed.map(({ priority, commands }) => [priority, commands])).toEqual(
        expect.arrayContaining([
          ['4.7', 'litefile'],
          ['4.8', 'litetree'],
          ['4.95', 'getpartition'],
        ]),
      );
    });

    test('keeps rows in the order they were added, also when they are changed', async ({
      store,
    }) => {
      for (const file of ['/c', '/a', '/b']) await store.insert(litefile, { image: 'ALL', file });
      await store.upsert(litefile, { image: 'ALL', file: '/c', options: 'tmpfs' });
      expect(await files(store)).toEqual(['/c', '/a', '/b']);
    });
  });

  describe('a row', () => {
    test('has null for every blank column, however blank it was written', async ({ store }) => {
      await store.insert(litefile, { ...motd, options: '', comments: null });
      const nulls = { options: null, comments: null, disable: null };
      expect(await store.select(litefile)).toMatchObject([{ ...motd, ...nulls }]);
      expect(await store.select(litefile, { options: '' })).toHaveLength(1);
      expect(await store.select(litefile, { options: null })).toHaveLength(1);
    });

    test('that is upserted keeps the columns that are not given', async ({ store }) => {
      await store.upsert(litefile, { ...motd, options: 'tmpfs', comments: 'why' });
      await store.upsert(litefile, { ...motd, options: 'ro' });
      await store.upsert(litefile, motd);
      expect(await store.select(litefile)).toMatchObject([
        { ...motd, options: 'ro', comments: 'why' },
      ]);
    });

    test('is added by its key alone', async ({ store }) => {
      await store.upsert(litefile, motd);
      expect(await files(store)).toEqual(['/etc/motd']);
    });

    test('holds quotes and statements as text', async ({ store }) => {
      const file = `/a'); DROP TABLE "litefile"; --`;
      await store.upsert(litefile, { image: 'ALL', file, comments: '"\'\n' });
      expect(await store.select(litefile, { file })).toMatchObject([{ file, comments: '"\'\n' }]);
    });

    test('with the same key is refused, naming the key', async ({ store }) => {
      await store.insert(litefile, motd);
      await expect(store.insert(litefile, motd)).rejects.toThrow(
        failure('ERR_STATELITE_TABLE', 'litefile row image=ALL,file=/etc/motd is there already'),
      );
    });

    test('with a NUL character is refused', async ({ store }) => {
      await expect(store.insert(litefile, { ...motd, comments: 'a\0b' })).rejects.toThrow(
        failure('ERR_STATELITE_TABLE', 'file=/etc/motd: comments must not have a NUL character'),
      );
    });

    test('without a required column is refused, unless it is there already', async ({ store }) => {
      await expect(store.upsert(statelite, { node: 'n1', mntopts: 'soft' })).rejects.toThrow(
        failure('ERR_STATELITE_TABLE', 'statelite row node=n1: statemnt must not be blank'),
      );
      await store.upsert(statelite, { node: 'n1', statemnt: 'srv:/state' });
      await store.upsert(statelite, { node: 'n1', mntopts: 'soft' });
      expect(await store.select(statelite)).toMatchObject([
        { statemnt: 'srv:/state', mntopts: 'soft' },
      ]);
    });

    test('of one priority may be there for every image', async ({ store }) => {
      for (const image of ['a', 'b', '']) {
        await store.insert(litetree, { priority: '1', image, directory: `srv:/${image}` });
      }
      expect(await store.select(litetree, { priority: '1' })).toHaveLength(3);
      expect(await store.select(litetree, { image: '' })).toMatchObject([{ directory: 'srv:/' }]);
    });
  });

  describe('several rows', () => {
    const many = Array.from({ length: 3000 }, (_, index) => ({
      image: 'ALL',
      file: `/many/${index}`,
      options: 'ro',
    }));

    test('more than one statement takes are added in their order', async ({ store }) => {
      await store.insertAll(litefile, many);
      expect(await files(store)).toEqual(many.map(({ file }) => file));
    });

    test('are refused as a whole, naming the one that is there already', async ({ store }) => {
      const refused = failure(
        'ERR_STATELITE_TABLE',
        'row image=ALL,file=/many/2500 is there already',
      );
      await expect(store.insertAll(litefile, [...many, many[2500]!])).rejects.toThrow(refused);
      expect(await files(store)).toEqual([]);
      await store.insert(litefile, many[2500]!);
      await expect(store.insertAll(litefile, many)).rejects.toThrow(refused);
      expect(await files(store)).toEqual(['/many/2500']);
    });

    test('are changed where they stand, or added, one after the other', async ({ store }) => {
      await store.insertAll(litefile, many.slice(0, 2));
      await store.upsertAll(litefile, [
        { image: 'ALL', file: '/new', options: 'ro' },
        { image: 'ALL', file: '/many/0', comments: 'first' },
        { image: 'ALL', file: '/many/0', options: 'tmpfs' },
        { image: 'ALL', file: '/new', comments: 'second' },
      ]);
      expect(await store.select(litefile)).toMatchObject([
        { file: '/many/0', options: 'tmpfs', comments: 'first' },
        { file: '/many/1', options: 'ro', comments: null },
        { file: '/new', options: 'ro', comments: 'second' },
      ]);
    });

    test('are all changed, however many', async ({ store }) => {
      await store.insertAll(litefile, many);
      await store.upsertAll(
        litefile,
        many.map(({ image, file }) => ({ image, file, options: 'tmpfs' })),
      );
      expect(await store.select(litefile, { options: 'tmpfs' })).toHaveLength(many.length);
      expect(await files(store)).toEqual(many.map(({ file }) => file));
    });

    test('are removed by any columns, and counted', async ({ store }) => {
      for (const file of ['/a', '/b']) await store.insert(litefile, { image: 'ALL', file });
      await store.insert(litefile, { image: 'img', file: '/a' });
      expect(await store.remove(litefile, { file: '/a' })).toBe(2);
      expect(await store.remove(litefile, { file: '/a' })).toBe(0);
      expect(await files(store)).toEqual(['/b']);
    });

    test('replace all others, or none if one of them is refused', async ({ store }) => {
      await store.insert(litefile, motd);
      const twice = [
        { image: 'ALL', file: '/x' },
        { image: 'ALL', file: '/x' },
      ];
      await expect(store.replaceAll(litefile, twice)).rejects.toThrow(
        failure('ERR_STATELITE_TABLE'),
      );
      expect(await files(store)).toEqual(['/etc/motd']);
      await store.replaceAll(litefile, twice.slice(1));
      expect(await files(store)).toEqual(['/x']);
    });
  });

  describe('a transaction', () => {
    test('leaves nothing behind if it fails', async ({ store }) => {
      const failing = store.transaction(async (rows) => {
        await rows.insert(litefile, motd);
        throw new Error('half way');
      });
      await expect(failing).rejects.toThrow('half way');
      expect(await files(store)).toEqual([]);
    });

    test('is not seen before its end, and waits for others', async ({ store, path }) => {
      const other = openStore(path);
      const { promise: looked, resolve: goOn } = Promise.withResolvers<void>();
      const writing = store.transaction(async (rows) => {
        await rows.insert(litefile, motd);
        await looked;
      });
      expect(await files(other)).toEqual([]);
      goOn();
      await writing;
      expect(await files(other)).toEqual(['/etc/motd']);
      await other.close();
    });

    test('of the same process waits for its turn', async ({ store }) => {
      const count = async () =>
        store.transaction(async (rows) => {
          const [row] = await rows.select(site, { key: 'n' });
          await rows.upsert(site, { key: 'n', value: String(Number(row?.value ?? 0) + 1) });
        });
      await Promise.all(Array.from({ length: 20 }, count));
      expect(await store.select(site, { key: 'n' })).toMatchObject([{ value: '20' }]);
    });
  });

  describe('a note', () => {
    test('is written and seen as by a transaction, before and after others', async ({ store }) => {
      await store.insert(nodelist, { node: 'n1', groups: 'all' });
      await store.note((rows) => rows.upsert(nodelist, { node: 'n1', status: 'booted' }));
      await store.upsert(nodelist, { node: 'n1', groups: 'compute' });
      expect(await store.select(nodelist)).toMatchObject([
        { node: 'n1', groups: 'compute', status: 'booted' },
      ]);
    });

    test('leaves nothing behind if it fails, and others are written safely again', async ({
      store,
    }) => {
      const failing = store.note(async (rows) => {
        await rows.insert(litefile, motd);
        throw new Error('given up');
      });
      await expect(failing).rejects.toThrow('given up');
      await store.insert(litefile, { ...motd, file: '/etc/hosts' });
      expect(await files(store)).toEqual(['/etc/hosts']);
    });
  });

  test('a snapshot sees one moment, whatever is written meanwhile', async ({ store, path }) => {
    const other = openStore(path);
    await store.snapshot(async (rows) => {
      expect(await files(rows)).toEqual([]);
      await other.insert(litefile, motd);
      expect(await files(rows)).toEqual([]);
    });
    expect(await files(store)).toEqual(['/etc/motd']);
    await other.close();
  });

  test('the data version stays when nodes report how they are, and changes when rows move', async ({
    store,
  }) => {
    await store.insertAll(nodelist, [{ node: 'n1' }, { node: 'n2' }]);
    const before = await store.dataVersion();
    await store.upsert(nodelist, { node: 'n1', status: 'booted', statustime: 'now' });
    expect(await store.dataVersion()).toBe(before);
    await store.replaceAll(nodelist, [{ node: 'n2' }, { node: 'n1', status: 'booted' }]);
    expect(await store.dataVersion()).not.toBe(before);
  });

  test('the data version changes with commits of this process and of others', async ({
    store,
    path,
  }) => {
    const other = openStore(path);
    const seen = [await store.dataVersion(), await store.dataVersion()];
    await store.insert(litefile, motd);
    seen.push(await store.dataVersion());
    await other.insert(litefile, { image: 'ALL', file: '/x' });
    // PostgreSQL tells of it, which takes its way.
    await eventually(async () => (await store.dataVersion()) !== seen.at(-1));
    seen.push(await store.dataVersion(), await store.dataVersion());
    expect(seen.map((version, index) => version === seen[index - 1])).toEqual([
      false,
      true,
      false,
      false,
      true,
    ]);
    await other.close();
  });
});

const temporary = () => mkdtempDisposable(join(tmpdir(), 'statelite-'));

base('a store that is closed leaves no files open, used or not', async () => {
  await using directory = await temporary();
  const path = join(directory.path, 'statelite.db');
  const unused = openStore(path);
  await unused.close();
  await expect(stat(`${path}-wal`)).rejects.toMatchObject({ code: 'ENOENT' });
});

base('a file that is no database is refused by name', async () => {
  await using directory = await temporary();
  const foreign = join(directory.path, 'foreign.db');
  await writeFile(foreign, 'this is a text, and long enough to be looked at. '.repeat(20));
  expect(() => openStore(foreign)).toThrow(failure('ERR_STATELITE_DATABASE', foreign));
});

base('a file is for its owner only', async () => {
  await using directory = await temporary();
  const path = join(directory.path, 'statelite.db');
  const store = openStore(path);
  await store.insert(nodelist, { node: 'n1' });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(`${path}-wal`)).mode & 0o777).toBe(0o600);
  await store.close();
});
