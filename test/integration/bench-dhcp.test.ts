import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { DhcpReport } from '../../scripts/bench/dhcp/report.ts';
import { tempRoot } from '../helpers/tree.ts';

test('npm run bench -- dhcp lets each server know a whole site and a tenth of it', async () => {
  await using directory = await tempRoot();
  const file = join(import.meta.dirname, '../../scripts/bench.ts');
  const argv = [file, 'dhcp', '--sources', '--nodes', '20', '--runs', '1'];
  const env = { ...process.env, TMPDIR: directory.path };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, argv, { env });
  const report: DhcpReport = JSON.parse(stdout);
  expect(report).toMatchObject({ bench: 'dhcp', nodes: 20, runs: 1 });
  expect(report.sites.map(({ nodes }) => nodes)).toEqual([2, 20]);
  for (const { backends } of report.sites) {
    expect(backends.map(({ backend }) => backend)).toEqual(['dnsmasq', 'kea']);
    for (const { all, unchanged, one, hosts } of backends) {
      for (const { cpuMs } of [all, unchanged, one, hosts]) expect(cpuMs).toBeGreaterThan(0);
    }
  }
  expect(report.goals).toHaveLength(3);
  for (const { goal, value, met } of report.goals) {
    expect(stderr).toContain(`${met ? 'met   ' : 'MISSED'}  ${goal}: ${value}`);
  }
  expect(stderr).toContain('kea: makedhcp of one node');
  expect(await readdir(directory.path)).toEqual([]);
}, 300_000);
