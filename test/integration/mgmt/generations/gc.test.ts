import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { BootReport } from '../../../../agent/protocol/report.ts';
import { collect } from '../../../../mgmt/image/generations/gc.ts';
import { usersOf } from '../../../../mgmt/image/generations/in-use.ts';
import { readReported } from '../../../../mgmt/image/generations/reported.ts';
import { reportId } from '../../../../mgmt/reports/place.ts';
import { reportReader } from '../../../../mgmt/reports/read.ts';
import { bootReport } from '../../../helpers/boot-report.ts';
import { plantTree } from '../../../helpers/tree.ts';
import { imageHome, type ImageHome } from './image-home.ts';

const none = new Map<number, readonly string[]>();

async function fourGenerations() {
  const home = await imageHome();
  for (const text of ['one', 'two', 'three', 'four']) await home.build({ 'etc/motd': text });
  return home;
}

function report(home: ImageHome, node: string, at: Date, what: Partial<BootReport>): void {
  plantTree(home.directory, {
    [`reports/${node}/${reportId(at)}.json`]: JSON.stringify({ ...bootReport, ...what, node }),
  });
}

async function reported(home: ImageHome) {
  const reader = reportReader(join(home.directory, 'reports'));
  return readReported(reader, new Set(['compute']), (await home.read()).all);
}

describe('gc', () => {
  test('keeps the current one and the last of the others', async () => {
    await using home = await fourGenerations();
    const { all } = await home.read();
    const planned = await collect(all, { keep: 1, reported: none, dryRun: true });
    expect(planned.map(({ kept }) => kept)).toEqual([
      undefined,
      undefined,
      'one of the last 1',
      'it is the image',
    ]);
    expect(home.names()).toEqual(['1', '2', '3']);
    await collect(all, { keep: 1, reported: none, dryRun: false });
    expect(home.names()).toEqual(['3']);
    expect(home.text('etc/motd')).toBe('four');
    await home.build({});
    expect((await home.read()).all.map(({ number }) => number)).toEqual([3, 4, 5]);
  });

  test('keeps what nodes reported to run, by number or by the time of their boot', async () => {
    await using home = await fourGenerations();
    const { all } = await home.read();
    const second = new Date(all[1]?.published[0] ?? '');
    report(home, 'cn1', new Date(), { image: 'compute', generation: 1 });
    report(home, 'cn2', new Date(second.getTime() + 1), { image: 'compute', took: 0 });
    report(home, 'cn3', new Date(second.getTime() + 1), { image: 'other', took: 0 });
    // A boot that failed early says nothing of what the node runs.
    report(home, 'cn2', new Date(), { image: '', outcome: 'error' });
    expect(await reported(home)).toEqual(
      new Map([
        [1, ['cn1']],
        [2, ['cn2']],
      ]),
    );
    await collect(all, { keep: 0, reported: await reported(home), dryRun: false });
    expect(home.names()).toEqual(['1', '2']);
  });

  test('keeps what is mounted, also in another namespace, and what a process is in', async () => {
    await using home = await fourGenerations();
    const root = (number: string) => join(home.others, number, 'rootimg');
    const process = spawn('sh', ['-c', 'echo in; exec sleep 60'], { cwd: root('1') });
    const mount = spawn('unshare', [
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-euc',
      `mount --bind ${root('2')}/etc /mnt; echo in; exec sleep 60`,
    ]);
    await Promise.all([once(process.stdout, 'data'), once(mount.stdout, 'data')]);
    try {
      const { all } = await home.read();
      const verdicts = await collect(all, { keep: 0, reported: none, dryRun: false });
      expect(verdicts.map(({ kept }) => kept)).toEqual([
        expect.stringMatching(/^(?:sleep|sh) \(\d+\) uses it$/u),
        '/mnt is mounted',
        undefined,
        'it is the image',
      ]);
      expect(home.names()).toEqual(['1', '2']);
    } finally {
      process.kill();
      mount.kill();
      await Promise.all([once(process, 'close'), once(mount, 'close')]);
    }
    expect(usersOf([join(home.others, '1')])).toEqual(new Map());
  });

  test('a removal that was killed is ended by the next command', async () => {
    await using home = await fourGenerations();
    execFileSync('rm', [join(home.others, '2/generation.json')]);
    await home.build({});
    expect(existsSync(join(home.others, '2'))).toBe(false);
  });
});
