import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, onTestFinished } from 'vitest';
import { storeReport } from '../../../../mgmt/daemon/reports.ts';
import { bootReport } from '../../../helpers/boot-report.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';

const reportsOf = ({ directory }: Management) => join(directory, 'state/reports');
const at = (day: number) => new Date(Date.UTC(2026, 10, day, 12));
const slow = {
  ...bootReport,
  outcome: 'degraded' as const,
  took: 2000,
  steps: [...bootReport.steps, { step: 'mount tmpfs on /.statelite/tmpfs', took: 700 }],
  warnings: ['\u001B[2J a tree is missing'],
};

async function booted(mn: Management): Promise<void> {
  await storeReport(reportsOf(mn), 'n1', bootReport, at(1));
  await storeReport(reportsOf(mn), 'n1', slow, at(2));
  await storeReport(reportsOf(mn), 'n2', bootReport, at(1));
}

describe('statelite report', () => {
  test('lists the last boot of every node', async ({ mn }) => {
    await booted(mn);
    const { code, out } = await mn.run('report');
    expect(code).toBe(0);
    expect(out.map((line) => line.split(/ {2,}/u))).toEqual([
      ['node', 'when', 'outcome', 'seconds', 'steps', 'warnings', 'image'],
      ['n1', expect.stringMatching(/^2026-11-0[23] /u), 'degraded', '2.000', '2', '1', 'compute'],
      ['n2', expect.stringMatching(/^2026-11-0[12] /u), 'ok', '0.900', '1', '0', 'compute'],
    ]);
  });

  test('tells one boot in full', async ({ mn }) => {
    await booted(mn);
    const { out } = await mn.run('report', 'n1');
    expect(out[0]).toMatch(/^n1: degraded, .*, osimage compute$/u);
    expect(out.join('\n')).toContain('longest      0.700 s  mount tmpfs on /.statelite/tmpfs\n');
    expect(out.join('\n')).toContain('warnings  \\u{1b}[2J a tree is missing\n');
  });

  test('lists the last boots of a node', async ({ mn }) => {
    await booted(mn);
    const { out } = await mn.run('report', 'n1', '--last', '5', '--json');
    const list: unknown = JSON.parse(out.join('\n'));
    expect(list).toMatchObject([{ outcome: 'degraded' }, { outcome: 'ok' }]);
  });

  test('compares the last boot with the one before', async ({ mn }) => {
    await booted(mn);
    const { out } = await mn.run('report', 'n1', '--compare');
    expect(out).toContain('  changed   outcome: ok -> degraded');
    expect(out).toContain('  time      0.900 s -> 2.000 s');
    expect(out).toContain('  new       mount tmpfs on /.statelite/tmpfs');
    const json = await mn.run('report', 'n1', '--compare', '--json');
    expect(JSON.parse(json.out.join('\n'))).toMatchObject({
      node: 'n1',
      before: '2026-11-01T12-00-00.000Z',
      after: '2026-11-02T12-00-00.000Z',
      gone: [],
    });
  });

  test('prints JSON that is as safe on a terminal, and the same', async ({ mn }) => {
    await booted(mn);
    const { out } = await mn.run('report', 'n1', '--json');
    expect(out.join('')).not.toMatch(/\p{Cc}/u);
    expect(JSON.parse(out.join('\n'))).toMatchObject({ node: 'n1', report: slow });
  });

  test('goes on past a file that is no report', async ({ mn }) => {
    await booted(mn);
    await writeFile(join(reportsOf(mn), 'n2', '2026-11-09T12-00-00.000Z.json'), '{"version":1}');
    const { code, out, err } = await mn.run('report');
    expect([code, out.length]).toEqual([0, 2]);
    expect(err).toContain("2026-11-09T12-00-00.000Z.json is no boot report: the report's node");
    expect((await mn.run('report', 'n2')).code).toBe(1);
  });

  test('says so where there is nothing to tell', async ({ mn }) => {
    expect(await mn.run('report')).toMatchObject({ code: 0, out: [] });
    expect((await mn.run('report', 'n1')).err).toContain('n1 has reported no boot');
    expect((await mn.run('report', '../etc')).code).toBe(1);
    await storeReport(reportsOf(mn), 'n1', bootReport, at(1));
    expect((await mn.run('report', 'n1', '--compare')).err).toContain('one boot only');
  });

  test.for([
    ['--compare'],
    ['--last', '0'],
    ['--last', 'x'],
    ['n1', '--last', '2', '--follow'],
    ['n1', '--compare', '--follow'],
  ])('%j is not understood', async (argv, { mn }) => {
    expect((await mn.run('report', ...argv)).code).toBe(2);
  });
});

describe('statelite report --follow', () => {
  test('prints reports of all nodes as they come, and ends at Ctrl-C', async ({ mn }) => {
    await booted(mn);
    const follow = start(mn);
    await follow.says('image');
    await storeReport(reportsOf(mn), 'n3', bootReport, at(3));
    await follow.says('n3 ');
    await storeReport(reportsOf(mn), 'n1', slow, at(4));
    await follow.says('n1 ');
    expect(follow.out().split('\n')).toHaveLength(4);
    follow.child.kill('SIGINT');
    expect(await once(follow.child, 'exit')).toEqual([0, null]);
  });

  test('prints one JSON object a line, of one node if it is asked for', async ({ mn }) => {
    const follow = start(mn, 'n1', '--json');
    await storeUntil(mn, follow);
    const [line = ''] = follow.out().split('\n');
    expect(JSON.parse(line)).toMatchObject({ node: 'n1', outcome: 'degraded' });
    expect(follow.out()).not.toContain('n2');
  });

  test('goes on when the directory of the reports was removed, and what a watch misses is found', async ({
    mn,
  }) => {
    await booted(mn);
    const follow = start(mn);
    await follow.says('image');
    await rm(reportsOf(mn), { recursive: true });
    await mkdir(reportsOf(mn));
    await storeReport(reportsOf(mn), 'n7', bootReport, at(5));
    await follow.says('n7 ');
  });
});

interface Follow {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly says: (text: string) => Promise<void>;
}

/** A real process, ended with the test. */
function start({ io }: Management, ...argv: string[]): Follow {
  const script = new URL('../../../../mgmt/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, 'report', '--follow', ...argv], {
    env: { ...io.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  let out = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  return {
    child,
    out: () => out,
    says: async (text) => {
      while (!out.includes(text)) await once(child.stdout, 'data');
    },
  };
}

/** With --json nothing says that it is ready: so reports come until one is seen. */
async function storeUntil(mn: Management, { out }: Follow): Promise<void> {
  for (let day = 1; !out().includes('\n'); day++) {
    await storeReport(reportsOf(mn), 'n2', bootReport, at(day));
    await storeReport(reportsOf(mn), 'n1', slow, at(day));
    await setTimeout(50);
  }
}
