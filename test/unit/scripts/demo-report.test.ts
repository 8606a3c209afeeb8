import { expect, test } from 'vitest';
import type { BootReport } from '../../../agent/protocol/report.ts';
import { renderReport } from '../../../scripts/demo-report.ts';

const report: BootReport = {
  version: 1,
  node: 'cn01',
  image: 'compute',
  outcome: 'ok',
  bootId: 'b',
  kernel: '6.1.0',
  agent: '0.1.0',
  took: 4000,
  uptime: 6.25,
  phases: [
    { name: 'network', start: 0, took: 1000 },
    { name: 'entries', start: 1000, took: 3000 },
  ],
  steps: [{ step: 'bind a on b', took: 1 }],
  entries: { tmpfs: 2, ro: 1 },
  warnings: ['careful'],
  spawned: ['/bin/busybox udhcpc -i eth0'],
  memoryUsed: 150e6,
};

test('a boot report shows phases with their share, entries by option and every warning', () => {
  const lines = renderReport(report);
  expect(lines).toContain('  network      1.00 s  25 %');
  expect(lines).toContain('  entries      3.00 s  75 %');
  expect(lines).toContain('  tmpfs            2');
  expect(lines).toContain('  warning: careful');
  expect(lines).toContain('1 steps, 1 warnings, 150 MB of memory in use');
  expect(lines).toContain('programs started by the agent: /bin/busybox udhcpc');
});
