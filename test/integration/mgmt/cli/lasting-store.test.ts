import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lastingStore } from '../../../../mgmt/cli/lasting-store.ts';
import { openStore } from '../../../../mgmt/db/store.ts';
import { tables } from '../../../../mgmt/db/tables.ts';

let directory: string;
let file: string;
let backup: string;

/** The database has n1, its backup n2. */
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'statelite-'));
  file = join(directory, 'statelite.db');
  backup = join(directory, 'backup.db');
  for (const [path, node] of [
    [file, 'n1'],
    [backup, 'n2'],
  ] as const) {
    const store = openStore(path);
    await store.insert(tables.nodelist, { node });
    await store.close();
  }
});
afterEach(() => rm(directory, { recursive: true }));

async function removeLog(): Promise<void> {
  for (const end of ['-wal', '-shm']) await rm(`${file}${end}`, { force: true });
}

test('a file that was replaced is opened anew, and tells another version', async () => {
  await using lasting = lastingStore(file, () => openStore(file));
  const version = await lasting.store().dataVersion();
  expect(await lasting.store().select(tables.nodelist)).toMatchObject([{ node: 'n1' }]);
  await removeLog();
  await rename(backup, file);
  expect(await lasting.store().select(tables.nodelist)).toMatchObject([{ node: 'n2' }]);
  expect(await lasting.store().dataVersion()).not.toBe(version);
});

test('the log of the old file is not applied to a new one', async () => {
  await using lasting = lastingStore(file, () => openStore(file));
  await lasting.store().insert(tables.nodelist, { node: 'n3' });
  await rename(backup, file);
  expect(() => lasting.store()).toThrow('was replaced');
  await removeLog();
  expect(await lasting.store().select(tables.nodelist)).toMatchObject([{ node: 'n2' }]);
});

test('a file that is gone is not made anew, and used when it is back', async () => {
  await using lasting = lastingStore(file, () => openStore(file));
  await rename(file, join(directory, 'aside'));
  expect(() => lasting.store()).toThrow('is gone');
  expect(() => lasting.store()).toThrow('is gone');
  await rename(join(directory, 'aside'), file);
  expect(await lasting.store().select(tables.nodelist)).toMatchObject([{ node: 'n1' }]);
});

test('a file that is no database is refused until it is one', async () => {
  await using lasting = lastingStore(file, () => openStore(file));
  await removeLog();
  await copyFile('/bin/sh', join(directory, 'beside'));
  await rename(join(directory, 'beside'), file);
  expect(() => lasting.store()).toThrow('cannot use the database');
  await rename(backup, file);
  expect(await lasting.store().select(tables.nodelist)).toMatchObject([{ node: 'n2' }]);
});
