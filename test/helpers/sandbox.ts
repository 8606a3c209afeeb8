import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { System } from '../../agent/system.ts';
import { plantTree, type Planted } from './tree.ts';

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** PID 1 of private namespaces for mounts, processes, network and names; or a process like any other. */
export type Role = 'pid 1' | 'another';

/** Runs `test/helpers/<script>` in that role, with `input` as JSON on its standard input. */
export async function runAs(role: Role, script: string, input: unknown): Promise<Ran> {
  const namespaces = role === 'pid 1' ? ['-mnupf', '--kill-child'] : ['-mnu'];
  const argv = [process.execPath, join(import.meta.dirname, script)];
  const child = spawn('unshare', [...namespaces, '--propagation', 'private', ...argv]);
  child.stdin.end(JSON.stringify(input));
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once('close', resolve);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await promise, out, err };
}

/**
 * From here on `/` is a tmpfs with the given files, as an initramfs is, and nothing of the machine can
 * be reached by a path; `shared` is there as /exports. To be called in a mount namespace.
 */
export async function enterSandbox(
  at: string,
  files: Readonly<Record<string, Planted>>,
  shared: string,
  system: System,
): Promise<void> {
  await system.mount('initramfs', at, 'tmpfs', 'mode=755');
  for (const name of ['proc', 'sys', 'dev', 'run', 'newroot', 'exports']) mkdirSync(join(at, name));
  await system.mount('proc', join(at, 'proc'), 'proc', '');
  for (const name of ['sys', 'dev']) await system.mount(name, join(at, name), 'tmpfs', '');
  plantTree(at, files);
  await system.bind(shared, join(at, 'exports'), false);
  system.changeRoot(at);
  process.chdir('/');
}
