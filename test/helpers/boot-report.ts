import type { BootReport } from '../../agent/protocol/report.ts';

/** A good boot with one step. */
export const bootReport: BootReport = {
  version: 1,
  node: 'n1',
  image: 'compute',
  outcome: 'ok',
  bootId: '6b1b1d7e-0000-4000-8000-000000000000',
  kernel: '6.1.0-40-cloud-amd64',
  agent: '0.1.0',
  took: 900,
  uptime: 2.5,
  phases: [{ name: 'network', start: 100, took: 200 }],
  steps: [{ step: 'bind /.statelite/tmpfs/etc/motd on /etc/motd', took: 1 }],
  entries: { tmpfs: 1 },
  warnings: [],
  spawned: ['udhcpc -i eth0'],
  memoryUsed: 100_000_000,
};
