import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runAs, type Role } from './sandbox.ts';
import { plantTree, type Planted } from './tree.ts';

/** A switch_root to try: `shared` holds `root` and `data`, `at` is an empty directory. */
export interface SwitchRootCase {
  readonly at: string;
  readonly shared: string;
  readonly init: string;
  readonly without?: 'marker' | 'another device';
}

export const busybox = '/bin/busybox';

/** Plants a root image whose init is that script, run by its own static busybox. */
export function plantBusyboxRoot(
  root: string,
  script: readonly string[],
  files: Readonly<Record<string, Planted>> = {},
): void {
  plantTree(root, {
    '/proc': { dir: 0o755 },
    '/sys': { dir: 0o755 },
    '/dev': { dir: 0o755 },
    '/sbin/init': { text: [`#!${busybox} sh`, ...script, ''].join('\n'), mode: 0o755 },
    ...files,
  });
  mkdirSync(join(root, 'bin'), { recursive: true });
  copyFileSync(busybox, join(root, busybox));
}

/** Switches from a stand-in of an initramfs to that root; gives what was printed. */
export async function switchingRoot(given: SwitchRootCase, role: Role = 'pid 1') {
  return runAs(role, 'switch-root-runner.ts', given);
}
