import { expect } from 'vitest';
import { readCluster } from '../../../../mgmt/db/read-cluster.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { test } from '../../../helpers/mgmt-test.ts';

test('a cluster is read whole, or only the tables that are wanted, and site', async ({ mn }) => {
  const store = mn.store();
  await store.insert(tables.site, { key: 'domain', value: 'example.com' });
  await store.insert(tables.nodelist, { node: 'n1', groups: 'all' });
  await store.insert(tables.hosts, { node: 'n1', ip: '10.0.0.1' });
  const settings = { installdir: undefined, tftpdir: undefined };

  const whole = await readCluster(store, settings);
  expect(whole.rows.hosts).toHaveLength(1);
  expect([...whole.nodes]).toEqual(['n1']);

  const part = await readCluster(store, settings, ['hosts']);
  expect(part.rows.hosts).toHaveLength(1);
  expect(part.rows.site).toHaveLength(1);
  expect(part.rows.nodelist).toEqual([]);
});
