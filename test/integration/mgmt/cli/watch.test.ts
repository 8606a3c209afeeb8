import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished } from 'vitest';
import { openStore } from '../../../../mgmt/db/store.ts';
import { formatStatusTime } from '../../../../agent/protocol/status.ts';
import { storeReport } from '../../../../mgmt/daemon/reports.ts';
import { tables } from '../../../../mgmt/db/tables.ts';
import { bootReport } from '../../../helpers/boot-report.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { backupOf, restore } from '../../../helpers/restored-database.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { eventually } from '../../../helpers/eventually.ts';

async function say(mn: Management, node: string, status: string): Promise<void> {
  const statustime = formatStatusTime(new Date());
  await mn.store().note((rows) => rows.upsert(tables.nodelist, { node, status, statustime }));
}

async function report(mn: Management, node: string): Promise<void> {
  const directory = join(mn.directory, 'state/reports');
  await mkdir(directory, { recursive: true });
  await storeReport(directory, node, { ...bootReport, warnings: ['slow'] }, new Date());
}

async function nodes(mn: Management): Promise<void> {
  await mn.run('nodeadd', 'n1,n2', 'groups=all,rack1');
  await mn.run('nodeadd', 'n3', 'groups=all');
}

/** `statelite watch` as a real process, with a terminal if `terminal` says so; ended with the test. */
function start({ io }: Management, argv: readonly string[], terminal: 'tty' | 'pipe' = 'pipe') {
  const script = new URL('../../../../mgmt/main.ts', import.meta.url).pathname;
  const words = [process.execPath, script, 'watch', ...argv];
  const [program = '', ...rest] =
    terminal === 'pipe'
      ? words
      : ['script', '-qec', 'stty rows 10 cols 60; exec $WATCH', '/dev/null'];
  const child = spawn(program, rest, {
    env: { ...io.env, PATH: process.env['PATH'], SHELL: '/bin/sh', WATCH: words.join(' ') },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  let seen = '';
  child.stdout.on('data', (chunk) => (seen += String(chunk)));
  const sees = async (text: string) => {
    await eventually(() => seen.includes(text) || child.exitCode !== null);
    expect(seen).toContain(text);
  };
  return { child, exited, sees, seen: () => seen };
}

describe('statelite watch', () => {
  test('--once prints a table', async ({ mn }) => {
    await nodes(mn);
    await say(mn, 'n1', 'booted');
    await report(mn, 'n1');
    const { code, out } = await mn.run('watch', 'rack1', '--once');
    expect(code).toBe(0);
    expect(out.map((line) => line.replace(/\d s/u, '0 s').split(/ {2,}/u))).toEqual([
      ['NODE', 'STATUS', 'SINCE', 'PHASE', 'SECONDS', 'WARNINGS'],
      ['n1', 'booted', '0 s', 'network', '0.9', '1'],
      ['n2', '-', '-', '-', '-', '-'],
    ]);
  });

  test('--once --json prints an object for each of all nodes', async ({ mn }) => {
    await nodes(mn);
    const { out } = await mn.run('watch', '--once', '--json');
    const lives = out.map((line): unknown => JSON.parse(line));
    expect(lives).toEqual(['n1', 'n2', 'n3'].map((node) => ({ node, status: '', phase: '' })));
  });

  test('prints a line for each change, without a terminal, until Ctrl-C', async ({ mn }) => {
    await nodes(mn);
    const watch = start(mn, ['rack1']);
    await watch.sees('n2: ');
    await say(mn, 'n1', 'netbooting');
    await watch.sees('n1: netbooting');
    await report(mn, 'n1');
    await watch.sees('network, 0.9 s, 1 warnings');
    await say(mn, 'n3', 'failed');
    await say(mn, 'n1', 'booted');
    await watch.sees('n1: booted');
    expect(watch.seen()).not.toContain('n3');
    expect(watch.seen().match(/^n2/gmu)).toHaveLength(1);
    watch.child.kill('SIGINT');
    expect(await watch.exited).toEqual([0, null]);
  });

  test('draws its table again on a terminal', async ({ mn }) => {
    await nodes(mn);
    const watch = start(mn, [], 'tty');
    await watch.sees('0 of 3 nodes booted: silent 3');
    await say(mn, 'n2', 'booted');
    await watch.sees('1 of 3 nodes booted: silent 2');
    expect(watch.seen()).toContain('\u001B[5A');
    watch.child.stdin.write('\u0003');
    await watch.exited;
  });

  test('goes on after a while without its tables', async ({ mn }) => {
    await nodes(mn);
    const watch = start(mn, ['rack1'], 'tty');
    await watch.sees('0 of 2 nodes booted');
    const database = new DatabaseSync(join(mn.directory, 'state/statelite.db'));
    database.exec('ALTER TABLE nodelist RENAME TO away');
    await watch.sees('cannot use the database');
    database.exec('ALTER TABLE away RENAME TO nodelist');
    database.close();
    await say(mn, 'n2', 'booted');
    await watch.sees('1 of 2 nodes booted');
  });

  test('shows a database that was put into the place of the old one', async ({ mn }) => {
    await nodes(mn);
    const backup = await backupOf(mn);
    const store = openStore(backup);
    await store.note((rows) => rows.upsert(tables.nodelist, { node: 'n2', status: 'booted' }));
    await store.close();
    const watch = start(mn, ['rack1']);
    await watch.sees('n2: ');
    await restore(mn, backup);
    await watch.sees('n2: booted');
  });

  test('of a noderange that is none fails', async ({ mn }) => {
    await nodes(mn);
    expect((await mn.run('watch', 'nobody', '--once')).code).toBe(1);
  });
});
