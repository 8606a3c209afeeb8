import { execFile, type ExecFileException } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { StormReport } from '../../scripts/bench/storm/report.ts';
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

describe('npm run bench -- storm', () => {
  let ended: Ended;
  let report: StormReport;
  let left: readonly string[];

  beforeAll(async () => {
    await using directory = await tempRoot();
    const argv = 'storm --sources --nodes 12 --clients 1,4 --requests 8 --within 1'.split(' ');
    ended = await bench(argv, { ...process.env, TMPDIR: directory.path });
    expect(ended).toMatchObject({ code: 0 });
    report = JSON.parse(ended.out);
    left = await readdir(directory.path);
  }, 120_000);

  test('measures every kind of connection with every number of clients', () => {
    expect(report).toMatchObject({ bench: 'storm', nodes: 12, rows: 44 });
    const levels = report.levels.map(({ kind, clients, requests }) => [kind, clients, requests]);
    expect(levels).toEqual([
      ['new', 1, 8],
      ['new', 4, 8],
      ['resumed', 1, 8],
      ['resumed', 4, 8],
      ['kept', 1, 80],
      ['kept', 4, 80],
    ]);
  });

  test('each level has its figures and no error', () => {
    for (const level of report.levels) {
      expect(level.errors).toEqual({});
      expect(level.perSecond).toBeGreaterThan(0);
      expect(level.p50).toBeGreaterThan(0);
      expect(level.p99).toBeGreaterThanOrEqual(level.p50 ?? Infinity);
      expect(level.clientCpuPerRequest).toBeGreaterThan(0);
      expect(level.peak).toBeGreaterThan(10);
    }
  });

  test('every node that powers on is served', () => {
    expect(report.powerOn).toMatchObject({ nodes: 12, within: 1, served: 12, errors: {} });
  });

  test('each goal is told met or missed, in the table for people too', () => {
    expect(report.goals).toHaveLength(6);
    for (const { goal, value, met } of report.goals) {
      expect(ended.err).toContain(`${met ? 'met   ' : 'MISSED'}  ${goal} ${value}`);
    }
    expect(ended.err).toMatch(/^new +4 +\d/mu);
  });

  test('nothing stays behind', () => {
    expect(left).toEqual([]);
  });
});

test.for([
  [['storm', '--clients', '0'], 'whole numbers'],
  [['storm', '--nodes', '5', '--clients', '6'], 'no more than there are --nodes'],
  [['storm', '--rows', '42'], 'storm takes no --rows'],
] as const)('%j is refused with the usage', async ([argv, reason]) => {
  const { code, out, err } = await bench(argv);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(reason);
  expect(err).toContain('Usage:');
});
