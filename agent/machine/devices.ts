import { mkdirSync } from 'node:fs';
import type { System } from '../system.ts';

/** The kernel's own file systems, before anything else can work. */
export async function mountDevices(system: Pick<System, 'mount'>): Promise<void> {
  const closed = { nosuid: true, nodev: true, noexec: true };
  for (const directory of ['/proc', '/sys', '/dev', '/run', '/newroot']) {
    mkdirSync(directory, { recursive: true });
  }
  await system.mount('proc', '/proc', 'proc', '', closed);
  await system.mount('sysfs', '/sys', 'sysfs', '', closed);
  await system.mount('devtmpfs', '/dev', 'devtmpfs', 'mode=0755', { nosuid: true });
}
