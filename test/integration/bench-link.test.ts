import { execFile, type ExecFileException } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LinkReport } from '../../scripts/bench/link/report.ts';
import { nativeAddon } from '../helpers/native.ts';
import { tempRoot } from '../helpers/tree.ts';

interface Ended {
  readonly code: ExecFileException['code'];
  readonly out: string;
  readonly err: string;
}

function bench(argv: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const file = join(import.meta.dirname, '../../scripts/bench.ts');
  execFile(
    process.execPath,
    [file, ...argv],
    env === undefined ? {} : { env },
    (error, out, err) => {
      resolve({ code: error === null ? 0 : (error.code ?? undefined), out, err });
    },
  );
  return promise;
}

describe('npm run bench -- link', () => {
  let ended: Ended;
  let report: LinkReport;

  beforeAll(async () => {
    nativeAddon();
    ended = await bench(['link', '--rows', '42,6', '--runs', '1']);
    report = JSON.parse(ended.out);
  }, 180_000);

  test('the agent and both scripts end in the same, else it would fail', () => {
    expect(ended.code).toBe(0);
    expect(report.bench).toBe('link');
    expect(report.tables.map(({ rows, entries }) => [rows, entries])).toEqual([
      [6, 6],
      [42, 42],
    ]);
  });

  test('the agent starts no process, the scripts start several for each row', () => {
    for (const { rows, ours, baseline, actions } of report.tables) {
      expect(ours.processes).toBe(0);
      expect(baseline?.processes).toBeGreaterThan(4 * rows);
      expect(actions.processes).toBeGreaterThanOrEqual(2 * rows);
    }
  });

  test('every side has its time, its start apart, and its system calls', () => {
    for (const { rows, steps, ours, baseline, actions } of report.tables) {
      expect(steps).toBeGreaterThanOrEqual(rows);
      for (const side of [ours, baseline, actions]) {
        expect(side).toMatchObject({ runs: 1 });
        expect(side?.startMs).toBeGreaterThan(0);
        expect(side?.wallMs).toBeGreaterThan(0);
        expect(side?.cpuMs).toBeGreaterThan(0);
        expect(side?.systemCalls).toBeGreaterThan(rows);
      }
    }
  });

  test('the table for people is on standard error', () => {
    expect(ended.err).toMatch(/^42 +agent /mu);
    expect(report.growth).toMatchObject([{ from: 6, to: 42 }]);
  });
});

describe('what the benchmark cannot do', () => {
  test.for([
    [[], 'name one benchmark'],
    [['image'], 'name one benchmark'],
    [['link', '--rows', '42,x'], 'whole numbers'],
    [['link', '--runs', '0'], 'whole numbers'],
    [['link', '--times', '3'], '--times'],
  ] as const)('%j is refused with the usage', async ([argv, reason]) => {
    const { code, out, err } = await bench(argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(reason);
    expect(err).toContain('Usage:');
  });

  test('without strace it names the package', async () => {
    await using nowhere = await tempRoot();
    const { code, err } = await bench(['link', '--rows', '20'], { PATH: nowhere.path });
    expect(code).toBe(1);
    expect(err).toContain('apt-get install strace');
  });
});
