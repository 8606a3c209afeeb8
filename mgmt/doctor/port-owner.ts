import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import { type Machine, readText } from './machine.ts';
import { pidsOf } from './process-list.ts';

/** Who has a port open; `pid` is undefined if that is not for this user's eyes. */
export interface PortOwner {
  readonly pid: number | undefined;
  readonly name: string;
}

type Protocol = 'tcp' | 'udp';

/** Who listens on a port of this machine, as /proc tells; undefined if nobody does. */
export async function portOwner(
  machine: Pick<Machine, 'root'>,
  protocol: Protocol,
  port: number,
): Promise<PortOwner | undefined> {
  const texts = await Promise.all(
    [protocol, `${protocol}6`].map((name) => readText(machine, `/proc/net/${name}`)),
  );
  const inodes = new Set(texts.flatMap((text) => listening(text ?? '', protocol, port)));
  if (inodes.size === 0) return undefined;
  for (const pid of await pidsOf(machine)) {
    if (!(await hasSocket(machine, pid, inodes))) continue;
    const name = (await readText(machine, `/proc/${pid}/comm`))?.trimEnd() ?? 'a process';
    return { pid, name };
  }
  return { pid: undefined, name: 'a process of another user' };
}

/** `dnsmasq (pid 812)`. */
export function formatOwner({ pid, name }: PortOwner): string {
  return pid === undefined ? name : `${name} (pid ${pid})`;
}

/** Inodes of the sockets of proc_net(5) that wait on a port: state 0A for TCP, 07 for UDP. */
export function listening(text: string, protocol: Protocol, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/u);
    const [, local = '', , state] = fields;
    const inode = fields[9];
    const isWaiting = state === (protocol === 'tcp' ? '0A' : '07');
    return inode !== undefined && isWaiting && local.endsWith(`:${wanted}`) ? [inode] : [];
  });
}

async function hasSocket(
  { root }: Pick<Machine, 'root'>,
  pid: number,
  inodes: ReadonlySet<string>,
): Promise<boolean> {
  const directory = join(root, 'proc', String(pid), 'fd');
  for (const name of await readdir(directory).catch(nothingIfHidden)) {
    const target = await readlink(join(directory, name)).catch(nothingIfHidden);
    const inode = /^socket:\[(\d+)\]$/u.exec(String(target))?.[1];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
}

/** It ended meanwhile, or is another user's. */
function nothingIfHidden(error: unknown): [] {
  if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return [];
  throw error;
}
