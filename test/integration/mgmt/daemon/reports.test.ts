import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { storeReport } from '../../../../mgmt/daemon/reports.ts';
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
