import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { followTables } from '../../../../mgmt/daemon/follow-tables.ts';
import { createMetrics } from '../../../../mgmt/daemon/metrics.ts';
import { createViews } from '../../../../mgmt/daemon/view.ts';
import { openStore, type Store } from '../../../../mgmt/db/store.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { type Databases, databaseKinds } from '../../../helpers/databases.ts';
import { postgresServer } from '../../../helpers/postgres.ts';
import { recordingLogger } from '../../../helpers/recording-logger.ts';
import { eventually } from '../../../helpers/eventually.ts';

const { hosts, litefile, nodelist, nodetype } = tables;
const nodes = Array.from({ length: 300 }, (_, index) => `n${index + 1}`);

/** A daemon's tables in memory, how often they were read, and another process's way to them. */
async function following(database: string) {
  const store = openStore(database);
  const other = openStore(database);
  const metrics = createMetrics();
  const createView = createViews(recordingLogger().log, async () => ({ output: '' }));
  const settings = { installdir: undefined, tftpdir: undefined };
  const followed = followTables(() => store, settings, metrics, createView);
  return {
    ...followed,
    store,
    other,
    readings: () =>
      Number(/rebuilds_total\{result="ok"\} (\d+)/u.exec(metrics.render())?.[1] ?? '0'),
    options: async () => {
      const view = await followed.view();
      return (await view.answerFor('n1')).litefile.map(({ options }) => options);
    },
    async [Symbol.asyncDispose]() {
      await followed.idle();
      await store.close();
      await other.close();
    },
  };
}

async function fill(store: Store): Promise<void> {
  await store.insertAll(
    nodelist,
    nodes.map((node) => ({ node, groups: 'all' })),
  );
  await store.insert(nodetype, { node: 'all', provmethod: 'compute' });
  await store.insert(litefile, { image: 'ALL', file: '/etc/motd', options: 'tmpfs' });
}

describe.each(databaseKinds)('tables in memory, from $kind', ({ kind, start }) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases[Symbol.asyncDispose]());

  test('are read again when this process has changed them, and only then', async () => {
    await using followed = await following(await databases.create());
    await fill(followed.store);
    expect(await followed.options()).toEqual(['tmpfs']);
    await followed.store.upsert(litefile, { image: 'ALL', file: '/etc/motd', options: 'ro' });
    expect(await followed.options()).toEqual(['ro']);
    expect(await followed.options()).toEqual(['ro']);
    expect(followed.readings()).toBe(2);
  });

  test('follow another process', async () => {
    await using followed = await following(await databases.create());
    await fill(followed.other);
    expect(await followed.options()).toEqual(['tmpfs']);
    for (const options of ['ro', 'persistent']) {
      await followed.other.upsert(litefile, { image: 'ALL', file: '/etc/motd', options });
      // SQLite is asked each time; what PostgreSQL tells takes its way.
      await eventually(
        async () => kind === 'SQLite' || String(await followed.options()) === options,
      );
      expect(await followed.options()).toEqual([options]);
    }
  });

  test('have a row that was taken out and put in again where it stands now', async () => {
    await using followed = await following(await databases.create());
    await fill(followed.store);
    const [first, second] = [
      { image: 'ALL', file: '/etc/motd', options: 'tmpfs' },
      { image: 'ALL', file: '/etc/issue', options: 'ro' },
    ];
    await followed.store.replaceAll(litefile, [first, second]);
    expect(await followed.options()).toEqual(['tmpfs', 'ro']);
    await followed.store.replaceAll(litefile, [second, first]);
    expect(await followed.options()).toEqual(['ro', 'tmpfs']);
  });

  test('are not read again for the statuses of a storm, which are known all the same', async () => {
    await using followed = await following(await databases.create());
    await fill(followed.store);
    await followed.options();
    for (const status of ['netbooting', 'booted']) {
      await Promise.all(nodes.map((node) => followed.recordStatus(node, status)));
      const known = (await followed.view()).nodes();
      expect(new Set(known.map((each) => each.status))).toEqual(new Set([status]));
    }
    expect(followed.readings()).toBe(1);
    const rows = await followed.other.select(nodelist);
    expect(rows.filter(({ status }) => status === 'booted')).toHaveLength(nodes.length);
    expect(rows[0]?.statustime).toMatch(/^\d\d-\d\d-\d{4} /u);
  });

  test("keep a node's own status in a snapshot that is read after it", async () => {
    await using followed = await following(await databases.create());
    await fill(followed.store);
    await followed.options();
    await followed.recordStatus('n2', 'booted');
    await followed.other.upsert(nodelist, { node: 'n2', status: 'failed' });
    await followed.store.insert(hosts, { node: 'n2', ip: '10.0.0.2' });
    const known = (await followed.view()).nodes();
    expect(known.find(({ node }) => node === 'n2')).toMatchObject({ status: 'failed' });
  });
});

test('a PostgreSQL server that was away is followed again', async () => {
  await using server = await postgresServer();
  await using followed = await following(await server.createDatabase());
  await fill(followed.store);
  expect(await followed.options()).toEqual(['tmpfs']);
  await server.stop();
  await expect
    .poll(() => followed.options().catch(String))
    .toContain('cannot use the PostgreSQL database');
  await server.start();
  await expect.poll(() => followed.options().catch(String)).toEqual(['tmpfs']);
  const row = { image: 'ALL', file: '/etc/motd', options: 'ro' };
  await followed.other.upsert(litefile, row).catch(() => followed.other.upsert(litefile, row));
  await expect.poll(followed.options).toEqual(['ro']);
}, 30_000);
