import { readFile, stat } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { openStore } from '../../../../mgmt/db/store.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { test } from '../../../helpers/mgmt-test.ts';

test('several stores of one process on one file take turns, and lose nothing', async ({ mn }) => {
  const stores = Array.from({ length: 8 }, () => openStore(mn.database));
  try {
    await Promise.all(
      stores.map((store, index) =>
        store.transaction(async (rows) => {
          const [before] = await rows.select(tables.site, { key: 'order' });
          await new Promise((resolve) => setTimeout(resolve, 5)); // others run meanwhile
          const value = `${before?.value ?? ''}${index}`;
          await rows.upsert(tables.site, { key: 'order', value });
        }),
      ),
    );
    const [row] = await mn.store().select(tables.site, { key: 'order' });
    expect(row?.value?.split('').toSorted().join('')).toBe('01234567');
  } finally {
    await Promise.all(stores.map((store) => store.close()));
  }
});

test('a transaction that fails gives the turn on', async ({ mn }) => {
  const [one, other] = [openStore(mn.database), openStore(mn.database)];
  try {
    const failing = one.transaction(async () => {
      throw new Error('given up');
    });
    const writing = other.upsert(tables.site, { key: 'domain', value: 'x.org' });
    await expect(failing).rejects.toThrow('given up');
    await writing;
    expect(await one.select(tables.site, { key: 'domain' })).toMatchObject([{ value: 'x.org' }]);
  } finally {
    await Promise.all([one.close(), other.close()]);
  }
});

test('a write that waits for another program does not stop this one', async ({ mn }) => {
  await mn.store().insert(tables.site, { key: 'domain', value: 'a.org' });
  const other = new DatabaseSync(mn.database);
  other.exec('BEGIN IMMEDIATE');
  let turns = 0;
  const living = setInterval(() => (turns += 1), 1);
  try {
    const writing = mn.store().upsert(tables.site, { key: 'domain', value: 'b.org' });
    const first = await Promise.race([writing, delay(200, 'still waits')]);
    expect({ first, turns: turns > 1 }).toEqual({ first: 'still waits', turns: true });
    other.exec('COMMIT');
    await writing;
    expect(await mn.store().select(tables.site, { key: 'domain' })).toMatchObject([
      { value: 'b.org' },
    ]);
  } finally {
    clearInterval(living);
    other.close();
  }
});

test('opening a database that is in use keeps the locks on it', async ({ mn }) => {
  const stores = [openStore(mn.database)];
  try {
    await stores[0]?.insert(tables.site, { key: 'domain', value: 'a.org' });
    expect(await locksOn(mn.database)).toBe(1);
    stores.push(openStore(mn.database));
    expect(await locksOn(mn.database)).toBe(1);
  } finally {
    await Promise.all(stores.map((store) => store.close()));
  }
});

/** Of any process: fcntl(2) counts a file's locks by its inode. */
async function locksOn(path: string): Promise<number> {
  const { ino } = await stat(path);
  const locks = await readFile('/proc/locks', 'utf8');
  return locks.split('\n').filter((line) => line.includes(`:${ino} `)).length;
}
