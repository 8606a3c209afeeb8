import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import { type Exported, parseExports } from './exports-file.ts';
import { hasIncludes, parseGanesha, remembersNames } from './ganesha-config.ts';
import { type Machine, readText } from './machine.ts';
import { portOwner } from './port-owner.ts';
import { processesNamed } from './process-list.ts';

/** The NFS server of this machine, as far as it can be seen. */
export type NfsServer =
  | { readonly kind: 'none' }
  | { readonly kind: 'unseen'; readonly why: string }
  | {
      readonly kind: 'seen';
      readonly by: 'kernel' | 'ganesha';
      /** The configuration of an nfs-ganesha that goes on with a directory after another took its name. */
      readonly remembering?: string | undefined;
      readonly exports: readonly Exported[];
      /** What /etc/exports says, in use or not yet. */
      readonly written: readonly Exported[];
    };

/** Looks for nfs-ganesha first: it may run where the kernel's server is installed too. */
export async function readNfsServer(machine: Machine): Promise<NfsServer> {
  const [ganesha] = await processesNamed(machine, ['ganesha.nfsd']);
  if (ganesha !== undefined) {
    const at = ganesha.argv.indexOf('-f');
    const path = (at < 0 ? undefined : ganesha.argv[at + 1]) ?? '/etc/ganesha/ganesha.conf';
    const text = await readText(machine, path);
    if (text === undefined) return { kind: 'unseen', why: `nfs-ganesha has no ${path} here` };
    if (hasIncludes(text)) return { kind: 'unseen', why: `${path} includes other files` };
    const remembering = remembersNames(text) ? path : undefined;
    return { kind: 'seen', by: 'ganesha', exports: parseGanesha(text), written: [], remembering };
  }
  const written = await writtenExports(machine);
  const table = await readText(machine, '/var/lib/nfs/etab');
  const threads = Number((await readText(machine, '/proc/fs/nfsd/threads')) ?? 0);
  if (threads > 0 && table !== undefined) {
    return { kind: 'seen', by: 'kernel', exports: parseExports(table), written };
  }
  const owner = await portOwner(machine, 'tcp', 2049);
  if (owner !== undefined) return { kind: 'unseen', why: `${owner.name} is the NFS server` };
  return { kind: 'none' };
}

/** Of /etc/exports and /etc/exports.d. */
async function writtenExports(machine: Machine): Promise<Exported[]> {
  const directory = '/etc/exports.d';
  const names = await readdir(join(machine.root, directory)).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  });
  const more = names.filter((name) => /^[^.].*\.exports$/u.test(name)).toSorted();
  const paths = ['/etc/exports', ...more.map((name) => join(directory, name))];
  const texts = await Promise.all(paths.map((path) => readText(machine, path)));
  return texts.flatMap((text) => parseExports(text ?? ''));
}
