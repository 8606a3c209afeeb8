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
