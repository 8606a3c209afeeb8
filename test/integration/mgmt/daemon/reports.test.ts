import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeAbandoned, storeReport } from '../../../../mgmt/daemon/reports.ts';
import { reportReader } from '../../../../mgmt/reports/read.ts';
import { bootReport } from '../../../helpers/boot-report.ts';

let reports: string;

beforeEach(async () => {
  reports = await mkdtemp(join(tmpdir(), 'statelite-'));
});
afterEach(() => rm(reports, { recursive: true }));

test('a report lies below its node, named by its time', async () => {
  await storeReport(reports, 'n1', bootReport, new Date('2026-11-22T01:02:03.004Z'));
  expect(await readdir(join(reports, 'n1'))).toEqual(['2026-11-22T01-02-03.004Z.json']);
  const text = await readFile(join(reports, 'n1/2026-11-22T01-02-03.004Z.json'), 'utf8');
  expect(JSON.parse(text)).toEqual(bootReport);
});

test('the newest 20 of a node are kept, other files are left alone', async () => {
  await storeReport(reports, 'n2', bootReport, new Date(0));
  for (let minute = 0; minute < 22; minute++) {
    await storeReport(reports, 'n1', bootReport, new Date(Date.UTC(2026, 0, 1, 0, minute)));
  }
  await writeFile(join(reports, 'n1/notes'), '');
  const names = (await readdir(join(reports, 'n1'))).toSorted();
  expect(names).toHaveLength(21);
  expect(names[0]).toBe('2026-01-01T00-02-00.000Z.json');
  expect(await readdir(join(reports, 'n2'))).toHaveLength(1);
});

test.for(['..', '.', '', 'a/b', '.hidden'])('"%s" names no directory', async (node) => {
  await expect(storeReport(reports, node, bootReport, new Date())).rejects.toMatchObject({
    code: 'ERR_STATELITE_PATH',
  });
});

test('nothing is left of a report that could not be stored', async () => {
  await writeFile(join(reports, 'n1'), 'in the way');
  await expect(storeReport(reports, 'n1', bootReport, new Date())).rejects.toThrow('EEXIST');
  expect(await readdir(reports)).toEqual(['n1']);
});

test('what a killed daemon had begun is removed when it is old', async () => {
  const old = '.n1@2026-11-22T01-02-03.004Z.a.partial';
  const recent = '.n1@2026-11-22T02-02-03.004Z.a.partial';
  for (const name of [old, recent, '.other']) await writeFile(join(reports, name), '');
  await removeAbandoned(reports, new Date('2026-11-22T02:30:00Z'));
  expect((await readdir(reports)).toSorted()).toEqual([recent, '.other'].toSorted());
  await removeAbandoned(join(reports, 'nosuch'), new Date());
});

test('a node with large reports keeps fewer, and always its newest', async () => {
  const large = { ...bootReport, warnings: Array.from({ length: 600 }, () => 'x'.repeat(20_000)) };
  for (const minute of [1, 2, 3]) {
    await storeReport(reports, 'n1', large, new Date(Date.UTC(2026, 0, 1, 0, minute)));
  }
  expect(await readdir(join(reports, 'n1'))).toEqual(['2026-01-01T00-03-00.000Z.json']);
});

test('reports of one node that come at once are all kept whole', async () => {
  const times = Array.from({ length: 10 }, (_, index) => new Date(index % 5));
  await Promise.all(times.map((time) => storeReport(reports, 'n1', bootReport, time)));
  const reader = reportReader(reports);
  const ids = await reader.ids('n1');
  expect(ids).toHaveLength(5);
  for (const id of ids) expect((await reader.read('n1', id))?.report).toEqual(bootReport);
  expect(await readdir(reports)).toEqual(['n1']);
});
