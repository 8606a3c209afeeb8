import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test as base } from 'vitest';
import { storeMadeOnWrite } from '../../../../mgmt/db/made-on-write.ts';
import { openStore } from '../../../../mgmt/db/store.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { tempRoot } from '../../../helpers/tree.ts';

/** A store whose file is not there yet, and what it warns of. */
// oxlint-disable-next-line no-empty-pattern -- vitest reads here what a fixture needs
const test = base.extend('later', async ({}, { onCleanup }) => {
  const root = await tempRoot();
  onCleanup(() => root[Symbol.asyncDispose]());
  const where = join(root.path, 'state/statelite.db');
  const warnings: string[] = [];
  const store = storeMadeOnWrite({
    where,
    origin: { who: 'alice', command: 'chtab' },
    state: join(root.path, 'state'),
    warn: (message) => void warnings.push(message),
  });
  return { where, store, warnings };
});

const row = { key: 'domain', value: 'c.example' };

test('what only reads sees the rows of a new database, makes nothing, and warns once', async ({
  later: { where, store, warnings },
}) => {
  expect(await store.select(tables.site)).toEqual([]);
  expect(await store.snapshot((rows) => rows.select(tables.nodelist))).toEqual([]);
  const fresh = openStore(`${where}.other`);
  expect(await store.select(tables.policy)).toEqual(await fresh.select(tables.policy));
  await fresh.close();
  await store.close();
  expect(existsSync(where)).toBe(false);
  expect(warnings).toEqual([`there is no database ${where} yet: the tables are empty`]);
});

test('the first change makes it, in the name of the command, and nothing is warned of', async ({
  later: { where, store, warnings },
}) => {
  expect(await store.select(tables.site)).toEqual([]);
  await store.upsert(tables.site, row);
  expect(await store.select(tables.site)).toMatchObject([row]);
  expect(await store.history()).toMatchObject([{ who: 'alice', command: 'chtab' }]);
  await store.close();
  expect(existsSync(where)).toBe(true);
  expect(warnings).toEqual([]);
});

test('one that another process makes meanwhile is read from then on', async ({
  later: { where, store, warnings },
}) => {
  const before = await store.dataVersion();
  expect(await store.dataVersion()).toBe(before);
  const other = openStore(where);
  await other.upsert(tables.site, row);
  await other.close();
  expect(await store.dataVersion()).not.toBe(before);
  expect(await store.select(tables.site)).toMatchObject([row]);
  await store.close();
  expect(warnings).toEqual([]);
});

test('a store that nothing was asked of says nothing', async ({ later }) => {
  await later.store.close();
  expect(later.warnings).toEqual([]);
});
