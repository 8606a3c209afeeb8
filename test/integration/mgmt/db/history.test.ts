import { afterAll, beforeAll, describe, expect, test as base } from 'vitest';
import { openStore, type Store } from '../../../../mgmt/db/store.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { type Databases, databaseKinds } from '../../../helpers/databases.ts';
import { failure } from '../../../helpers/rows.ts';

const { litefile, litetree, nodelist, noderes, passwd, token } = tables;

const motd = { image: 'ALL', file: '/etc/motd' };
const files = async (store: Pick<Store, 'select'>) =>
  (await store.select(litefile)).map(({ file, options }) => [file, options] as const);
const undo = (store: Store, change?: number) => store.undo({ change, force: false });

describe.each(databaseKinds)('on $kind', ({ start }) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases[Symbol.asyncDispose]());

  // oxlint-disable-next-line no-empty-pattern -- vitest reads here what a fixture needs
  const test = base.extend('store', async ({}, { onCleanup }) => {
    const store = openStore(await databases.create(), { who: 'alice', command: 'chtab' });
    onCleanup(() => store.close());
    return store;
  });

  describe('the history', () => {
    test('has who changed what, when, and by which command', async ({ store }) => {
      const before = new Date().toISOString();
      await store.insert(litefile, { ...motd, options: 'ro' });
      await store.upsert(litefile, { ...motd, options: 'tmpfs' });
      await store.remove(litefile, motd);
      const common = { who: 'alice', command: 'chtab', table: 'litefile', key: motd };
      const entries = await store.history();
      expect(entries).toMatchObject([
        {
          ...common,
          change: 3,
          kind: 'removed',
          columns: { options: { old: 'tmpfs', new: null } },
        },
        {
          ...common,
          change: 2,
          kind: 'changed',
          columns: { options: { old: 'ro', new: 'tmpfs' } },
        },
        { ...common, change: 1, kind: 'added', columns: { options: { old: null, new: 'ro' } } },
      ]);
      for (const { at } of entries) {
        expect(at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{3}Z$/u);
        expect(at >= before).toBe(true);
      }
    });

    test('has one change for a transaction, and one row however often it changed', async ({
      store,
    }) => {
      await store.transaction(async (rows) => {
        await rows.insert(litefile, { ...motd, options: 'ro' });
        await rows.upsert(litefile, { ...motd, options: 'tmpfs' });
        await rows.insert(noderes, { node: 'n1', netboot: 'xnba' });
      });
      expect(await store.history()).toMatchObject([
        { change: 1, table: 'noderes' },
        { change: 1, table: 'litefile', columns: { options: { old: null, new: 'tmpfs' } } },
      ]);
    });

    test('has no change that changed nothing, or was taken back', async ({ store }) => {
      await store.insert(litefile, motd);
      await store.upsert(litefile, { ...motd, options: '' });
      await store.transaction(async (rows) => {
        await rows.remove(litefile, motd);
        await rows.insert(litefile, motd);
      });
      const failing = store.transaction(async (rows) => {
        await rows.remove(litefile, motd);
        throw new Error('half way');
      });
      await expect(failing).rejects.toThrow('half way');
      expect((await store.history()).map(({ change }) => change)).toEqual([1]);
    });

    test('has only the rows that differ when a table is replaced', async ({ store }) => {
      await store.insertAll(litefile, [motd, { image: 'ALL', file: '/a' }]);
      await store.replaceAll(litefile, [
        { ...motd, options: 'ro' },
        { image: 'ALL', file: '/a' },
      ]);
      expect(await store.history({ limit: 1 })).toMatchObject([{ change: 2, key: motd }]);
      expect(await store.history()).toHaveLength(3);
    });

    test('leaves out what nodes report of themselves', async ({ store }) => {
      await store.insert(nodelist, { node: 'n1' });
      await store.upsert(nodelist, { node: 'n1', status: 'booted', statustime: 'now' });
      await store.upsert(nodelist, { node: 'n1', appstatus: 'sshd=up', updatestatus: 'ok' });
      expect(await store.history()).toHaveLength(1);
      await store.upsert(nodelist, { node: 'n1', status: 'failed', groups: 'all' });
      expect(await store.history()).toHaveLength(2);
    });

    test('shows no password', async ({ store }) => {
      const key = { key: 'system', username: 'root' };
      await store.insert(passwd, { ...key, password: 'cluster' });
      await store.upsert(passwd, { ...key, password: 'other', cryptmethod: 'sha512' });
      const entries = await store.history();
      expect(JSON.stringify(entries)).not.toMatch(/cluster|other/u);
      expect(entries[0]?.columns).toMatchObject({
        password: { old: '********', new: '********' },
        cryptmethod: { new: 'sha512' },
      });
      await undo(store);
      expect(await store.select(passwd, key)).toMatchObject([{ password: 'cluster' }]);
    });

    test('shows no secret that is a key either', async ({ store }) => {
      await store.insert(token, { tokenid: 'a-b-c', username: 'alice' });
      expect(await store.history({ key: { tokenid: 'a-b-c' } })).toMatchObject([
        { key: { tokenid: '********' }, columns: { username: { new: 'alice' } } },
      ]);
    });

    test('is asked for a table, for rows, and for so many', async ({ store }) => {
      await store.insertAll(litefile, [motd, { image: 'img', file: '/a' }]);
      await store.insert(noderes, { node: 'n1' });
      expect(await store.history({ table: 'noderes' })).toMatchObject([{ key: { node: 'n1' } }]);
      expect(await store.history({ key: { node: 'n1' } })).toHaveLength(1);
      expect(await store.history({ key: { image: 'ALL' } })).toMatchObject([{ key: motd }]);
      expect(await store.history({ key: { file: '/b' } })).toEqual([]);
      expect(await store.history({ limit: 2 })).toMatchObject([{ change: 2 }, { change: 1 }]);
    });

    test('is forgotten up to a moment, but for the last change', async ({ store }) => {
      for (const file of ['/a', '/b', '/c']) await store.insert(litefile, { image: 'ALL', file });
      expect(await store.pruneHistory(new Date(0))).toBe(0);
      expect(await store.pruneHistory(new Date(Date.now() + 1000))).toBe(2);
      expect(await store.history()).toMatchObject([{ change: 3, key: { file: '/c' } }]);
      await store.insert(litefile, motd);
      expect(await store.history({ limit: 1 })).toMatchObject([{ change: 4 }]);
    });
  });

  describe('undo', () => {
    test('writes back what was added, changed and removed', async ({ store }) => {
      await store.insertAll(litefile, [
        { ...motd, options: 'ro', comments: 'why' },
        { image: 'ALL', file: '/gone', options: 'con' },
      ]);
      await store.transaction(async (rows) => {
        await rows.upsert(litefile, { ...motd, options: null, disable: '1' });
        await rows.remove(litefile, { file: '/gone' });
        await rows.insert(litefile, { image: 'ALL', file: '/new' });
      });
      expect(await undo(store)).toEqual({ change: 2, who: 'alice', command: 'chtab', rows: 3 });
      expect(await store.select(litefile)).toMatchObject([
        { ...motd, options: 'ro', comments: 'why', disable: null },
        { file: '/gone', options: 'con' },
      ]);
    });

    test('of an undo is the change again', async ({ store }) => {
      await store.insert(litefile, { ...motd, options: 'ro' });
      await store.upsert(litefile, { ...motd, options: 'tmpfs' });
      await undo(store);
      expect(await files(store)).toEqual([['/etc/motd', 'ro']]);
      await undo(store);
      expect(await files(store)).toEqual([['/etc/motd', 'tmpfs']]);
      expect(await store.history({ limit: 1 })).toMatchObject([{ change: 4, who: 'alice' }]);
    });

    test('puts a removed row where it stood', async ({ store }) => {
      for (const priority of ['3', '1', '2']) {
        await store.insert(litetree, { priority, image: '', directory: `srv:/${priority}` });
      }
      await store.remove(litetree, { priority: '1' });
      await undo(store);
      expect((await store.select(litetree)).map(({ priority }) => priority)).toEqual([
        '3',
        '1',
        '2',
      ]);
    });

    test('of a replaced table has the old rows', async ({ store }) => {
      const old = ['/a', '/b', '/c'].map((file) => ({ image: 'ALL', file, options: 'ro' }));
      await store.replaceAll(litefile, old);
      await store.replaceAll(litefile, [
        { image: 'ALL', file: '/x' },
        { image: 'ALL', file: '/b' },
      ]);
      await undo(store);
      expect(new Map(await files(store))).toEqual(
        new Map(old.map(({ file, options }) => [file, options])),
      );
    });

    test('of many rows is done', async ({ store }) => {
      const many = Array.from({ length: 2500 }, (_, index) => ({
        node: `n${index}`,
        groups: 'all',
      }));
      await store.insertAll(nodelist, many);
      await store.replaceAll(nodelist, []);
      await undo(store);
      expect((await store.select(nodelist)).map(({ node }) => node)).toEqual(
        many.map(({ node }) => node),
      );
    });

    test('refuses a row that was changed again, and names the change', async ({ store }) => {
      await store.insert(litefile, { ...motd, options: 'ro' });
      await store.upsert(litefile, { ...motd, options: 'tmpfs' });
      await store.upsert(litefile, { ...motd, options: 'con' });
      await expect(undo(store, 2)).rejects.toThrow(
        failure(
          'ERR_STATELITE_TABLE',
          'litefile row image=ALL,file=/etc/motd has been changed since change 2, by change 3',
        ),
      );
      expect(await files(store)).toEqual([['/etc/motd', 'con']]);
      await store.undo({ change: 2, force: true });
      expect(await files(store)).toEqual([['/etc/motd', 'ro']]);
    });

    test('of an older change leaves later changes of other rows', async ({ store }) => {
      await store.insert(litefile, motd);
      await store.insert(litefile, { image: 'ALL', file: '/later' });
      await undo(store, 1);
      expect(await files(store)).toEqual([['/later', null]]);
    });

    test('leaves what a node has reported since', async ({ store }) => {
      await store.insert(nodelist, { node: 'n1', status: 'booting' });
      await store.upsert(nodelist, { node: 'n1', groups: 'all' });
      await store.upsert(nodelist, { node: 'n1', status: 'booted' });
      await undo(store);
      expect(await store.select(nodelist)).toMatchObject([{ groups: null, status: 'booted' }]);
    });

    test('refuses a change that is not known', async ({ store }) => {
      await expect(undo(store)).rejects.toThrow(
        failure('ERR_STATELITE_NOT_FOUND', 'there is no change yet'),
      );
      await expect(undo(store, 7)).rejects.toThrow(
        failure('ERR_STATELITE_NOT_FOUND', 'there is no change 7'),
      );
    });
  });
});
