import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import type { Check } from './check.ts';
import { type Finding, note, ok, warn } from './finding.ts';
import { readText } from './machine.ts';
import { portOwner } from './port-owner.ts';
import type { Site } from './site.ts';

/** What the kernel lets the daemon have. */
export interface ProcessFacts {
  readonly pid: number;
  /** Open files: the most, and those it has; undefined if not for this user's eyes. */
  readonly most: number | undefined;
  readonly open: number | undefined;
  /** Nodes of the tables: all of them may boot at once. */
  readonly nodes: number;
}

export const daemonProcess: Check<Site> = {
  group: 'machine',
  name: 'daemon',
  async look(site) {
    const owner = await portOwner(site, 'tcp', site.cluster.site.port('xcatdport'));
    if (owner === undefined) return []; // the port's own check says so
    const { pid } = owner;
    if (pid === undefined)
      return [note('the limits of the daemon: not for this user', 'run it as root')];
    const limits = await readText(site, `/proc/${pid}/limits`);
    return judgeProcess({
      pid,
      most: parseOpenFiles(limits ?? ''),
      open: await openFiles(join(site.root, 'proc', String(pid), 'fd')),
      nodes: site.cluster.nodes.size,
    });
  },
};

/** A node has two connections at a time, and the daemon a few files of its own. */
export function judgeProcess({ pid, most, open, nodes }: ProcessFacts): Finding[] {
  if (most === undefined) return [note(`the limits of the daemon (pid ${pid}) could not be read`)];
  const wanted = Math.max(1024, 2 * nodes + 256);
  const raise = `prlimit --pid ${pid} --nofile=${Math.max(65_536, wanted)}, and LimitNOFILE= in its unit`;
  if (open !== undefined && open > 0.9 * most) {
    return [warn(`the daemon has ${open} of at most ${most} files open`, raise)];
  }
  if (most >= wanted) return [ok(`the daemon (pid ${pid}) may open ${most} files`)];
  return [warn(`the daemon may open ${most} files, and ${nodes} nodes may boot at once`, raise)];
}

/** The soft limit of proc_pid_limits(5). */
export function parseOpenFiles(limits: string): number | undefined {
  const word = /^Max open files\s+(\S+)/mu.exec(limits)?.[1];
  if (word === 'unlimited') return Infinity;
  return word === undefined ? undefined : Number(word);
}

async function openFiles(directory: string): Promise<number | undefined> {
  try {
    return (await readdir(directory)).length;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES')) return undefined;
    throw error;
  }
}
