import { describe, expect, test } from 'vitest';
import { checkFamily } from '../../../agent/rules/family.ts';
import { selectRows } from '../../../agent/rules/select.ts';
import { renderReport } from '../../../scripts/bench/link/render.ts';
import type { Host } from '../../../scripts/bench/host.ts';
import { reportOf } from '../../../scripts/bench/link/report.ts';
import type { Measured, Measures } from '../../../scripts/bench/link/run.ts';
import { refuseOther } from '../../../scripts/bench/link/seen.ts';
import { shellList, shellScript } from '../../../scripts/bench/link/shell-script.ts';
import { generatedWorkload, workloadOf } from '../../../scripts/bench/link/workload.ts';
import { row } from '../../helpers/rows.ts';

describe('the tables', () => {
  test('42 rows are the sample table, with every path in the image', async () => {
    const { rows, image } = await workloadOf(42);
    expect(rows).toHaveLength(42);
    expect(rows.map(({ file }) => file)).toContain('/etc/lvm/.cache');
    const paths = Object.keys(image);
    const missing = rows.filter(({ file }) => !paths.some((path) => path.startsWith(file)));
    expect(missing).toEqual([]);
  });

  test.for([1, 20, 400])('%d generated rows are a table that is accepted', (count) => {
    const winners = selectRows(generatedWorkload(count).rows);
    expect(winners).toHaveLength(count);
    expect(() => checkFamily(new Map(winners.map((one) => [one.path, one])))).not.toThrow();
  });

  test('a generated table has every option but localdisk', () => {
    const options = selectRows(generatedWorkload(20).rows).map(({ option }) => option);
    expect([...new Set(options)].toSorted()).toEqual(
      'con link link,con link,persistent link,ro persistent ro tmpfs'.split(' '),
    );
  });
});

describe('the scripts', () => {
  const places = { root: '/new root', trees: ['/a', '/b'], list: '/list' };
  const rows = [
    row('/var/x/y', 'persistent'),
    row('/var/x/', 'persistent'),
    row("/it's", 'rw'),
    row('/etc/mtab', ''),
    row('/etc/d/', 'tmpfs'),
    row('/etc/d/users', 'con'),
    row('/etc/d/key', 'persistent'),
    row('/srv', 'link,ro'),
  ];
  const actions = shellScript('actions', rows, (path) => path === '/var/x', places).split('\n');

  test('parents stand before their children in the list', () => {
    const list = shellList(rows).split('\n');
    expect(list.indexOf('persistent /var/x')).toBeLessThan(list.indexOf('persistent /var/x/y'));
  });

  test('actions are decided beforehand: a copy in its parent needs no mount', () => {
    expect(actions).toContain("kept bind dir '/var/x'");
    expect(actions).toContain("kept link file '/var/x/y'");
    expect(actions).toContain("joined link '/etc/d/users'");
    expect(actions).toContain("kept bind file '/etc/d/key'");
    expect(actions).toContain("served link '/srv'");
    expect(actions).toContain("link_to /proc/self/mounts '/etc/mtab'");
  });

  test('names are quoted for the shell', () => {
    expect(actions).toContain("R='/new root'");
    expect(actions).toContain(String.raw`volatile bind file '/it'\''s'`);
  });

  test('the whole script is told no row: it reads the list', () => {
    const whole = shellScript('whole', rows, () => false, places);
    expect(whole).toMatch(/^L='\/list'$/mu);
    expect(whole).toMatch(/^rows$/mu);
    expect(whole).not.toContain('/var/x');
  });
});

const host: Host = {
  kernel: '6.1.0',
  node: 'v24.0.0',
  processors: 2,
  load: { before: [0.5, 0, 0], after: [1, 0, 0] },
};

function measures(wallMs: number, processes: number): Measures {
  return { runs: 3, startMs: 1, wallMs, cpuMs: wallMs, systemCalls: wallMs * 10, processes };
}

function measured(rows: number, ours: number, script: number): Measured {
  return {
    rows,
    entries: rows,
    steps: rows,
    ours: measures(ours, 0),
    baseline: rows > 1000 ? null : measures(script, rows * 8),
    actions: measures(script / 4, rows * 2),
  };
}

describe('the report', () => {
  const report = reportOf(
    [measured(4000, 500, 50_000), measured(42, 20, 500), measured(400, 50, 5000)],
    host,
  );

  test('has the tables by size, each with the scripts by the agent', () => {
    expect(report.tables.map(({ rows }) => rows)).toEqual([42, 400, 4000]);
    expect(report.tables[0]?.baselineByOurs).toMatchObject({ wall: 25, processes: null });
    expect(report.tables[2]).toMatchObject({ baselineByOurs: null, actionsByOurs: { wall: 25 } });
  });

  test('has the growth from each table to the next', () => {
    expect(report.growth).toMatchObject([
      { from: 42, to: 400, ours: { wall: 2.5 } },
      { from: 400, to: 4000, ours: { wall: 10 }, actions: { wall: 10 } },
    ]);
  });

  test('tells of each goal whether it is met', () => {
    expect(report.goals.map(({ value, met }) => [value, met])).toEqual([
      [0, true],
      [25, true],
      [10, true],
    ]);
    const slow = reportOf([measured(42, 50, 500)], host);
    expect(slow.goals.map(({ value, met }) => [value, met])).toEqual([
      [0, true],
      [10, false],
    ]);
  });

  test('is readable: a line for each side, the goals, the load', () => {
    const text = renderReport(report).join('\n');
    expect(text).toMatch(/^42 +agent +1 +20 +20 +200 +0$/mu);
    expect(text).toMatch(/^ +script +1 +500 +500 +5000 +336$/mu);
    expect(text).toMatch(/^ +script +-$/mu);
    expect(text).toMatch(/^met +42 rows/mu);
    expect(text).toContain('load 0.50 to 1.00');
  });
});

test('runs that end in something else are refused, naming the path', () => {
  expect(() => refuseOther({ '/a': 'x' }, { '/a': 'x', '/b': 'y' })).not.toThrow();
  expect(() => refuseOther({ '/a': 'x', '/b': 'y' }, { '/a': 'x', '/b': 'z' })).toThrow('on /b');
});
