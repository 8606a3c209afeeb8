import { execFile, type ExecFileException } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TablesReport } from '../../scripts/bench/tables/report.ts';
import { tempRoot } from '../helpers/tree.ts';

interface Ended {
  readonly code: ExecFileException['code'];
  readonly out: string;
  readonly err: string;
}

function bench(argv: readonly string[], env = process.env): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const file = join(import.meta.dirname, '../../scripts/bench.ts');
  execFile(process.execPath, [file, ...argv], { env }, (error, out, err) => {
    resolve({ code: error === null ? 0 : (error.code ?? undefined), out, err });
  });
  return promise;
}

describe('npm run bench -- tables', () => {
  let ended: Ended;
  let report: TablesReport;

  beforeAll(async () => {
    ended = await bench('tables --sources --nodes 20 --groups 12 --runs 1'.split(' '));
    expect(ended).toMatchObject({ code: 0 });
    report = JSON.parse(ended.out);
  }, 180_000);

  test('both databases are measured by the same commands on the same site', () => {
    expect(report).toMatchObject({ bench: 'tables', nodes: 20, groups: 12, runs: 1 });
    expect(report.databases.map(({ database }) => database)).toEqual(['SQLite', 'PostgreSQL']);
    const [sqlite, postgres] = report.databases.map(({ commands }) =>
      commands.map(({ argv, lines }) => ({ argv, lines })),
    );
    expect(sqlite).toEqual(postgres);
  });

  test('every command has its times and printed what it was asked for', () => {
    const lines = { start: 1, nodels: 20, 'nodels column': 20, tabdump: 21, chtab: 0, litetree: 4 };
    for (const { commands } of report.databases) {
      const printed = Object.fromEntries(commands.map((each) => [each.name, each.lines]));
      expect(printed).toMatchObject(lines);
      expect(printed['lsdef']).toBeGreaterThan(10);
      for (const { wallMs, cpuMs } of commands) {
        expect(wallMs).toBeGreaterThan(0);
        expect(cpuMs).toBeGreaterThan(0);
      }
    }
  });

  test('a tenth, a half and the whole of the site are read and resolved', () => {
    for (const { sites, growth } of report.databases) {
      expect(sites.map(({ nodes, groups }) => [nodes, groups])).toEqual([
        [2, 3],
        [10, 6],
        [20, 12],
      ]);
      for (const { read, resolve } of sites) {
        expect(read.wallMs).toBeGreaterThan(0);
        expect(resolve.wallMs).toBeGreaterThan(0);
      }
      expect(growth).toBeGreaterThan(0);
    }
  });

  test('each goal is told met or missed, in the table for people too', () => {
    expect(report.goals).toHaveLength(6);
    for (const { goal, value, met } of report.goals) {
      expect(ended.err).toContain(`${met ? 'met   ' : 'MISSED'}  ${goal}: ${value}`);
    }
    expect(ended.err).toMatch(/^20 nodes, 12 groups +SQLite +PostgreSQL$/mu);
  });
});

test('one database alone is measured without the other, and nothing stays behind', async () => {
  await using directory = await tempRoot();
  const { code, out } = await bench(
    'tables --sources --nodes 1 --groups 3 --runs 1 --database sqlite'.split(' '),
    { ...process.env, TMPDIR: directory.path },
  );
  expect(code).toBe(0);
  const report: TablesReport = JSON.parse(out);
  expect(report.databases.map(({ database }) => database)).toEqual(['SQLite']);
  expect(await readdir(directory.path)).toEqual([]);
}, 60_000);

describe('what the benchmark cannot do', () => {
  test.for([
    [['tables', '--nodes', '0'], 'whole numbers'],
    [['tables', '--groups', '2'], 'numbers from 3'],
    [['tables', '--database', 'mysql'], '--database takes sqlite, postgresql, both'],
    [['tables', '--rows', '42'], 'tables takes no --rows'],
    [['link', '--nodes', '42'], 'link takes no --nodes'],
    [['tables', 'link'], 'name one benchmark'],
  ] as const)('%j is refused with the usage', async ([argv, reason]) => {
    const { code, out, err } = await bench(argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(reason);
    expect(err).toContain('Usage:');
  });
});
