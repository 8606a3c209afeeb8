import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../../../agent/errors.ts';
import { isWithin } from '../../../agent/rules/path.ts';

/**
 * What on this machine is at work in one of some directories, in words: a mount there or from there,
 * in whatever mount namespace, or a process with a directory or a file open in it.
 */
export function usersOf(directories: readonly string[], proc = '/proc'): Map<string, string> {
  const users = new Map<string, string>();
  const seen = new Set<string>();
  for (const pid of namesIn(proc).filter((name) => /^\d+$/u.test(name))) {
    const about = join(proc, pid);
    const namespace = linkAt(join(about, 'ns/mnt')) ?? pid;
    const mounts = seen.has(namespace) ? [] : mountsOf(textAt(join(about, 'mountinfo')));
    seen.add(namespace);
    for (const directory of directories) {
      if (users.has(directory)) continue;
      const mount = mounts.find((one) => isAtWork(one, directory, mounts));
      if (mount !== undefined) users.set(directory, `${mount.point} is mounted`);
      else if (isInside(about, directory))
        users.set(directory, `${nameOf(about)} (${pid}) uses it`);
    }
  }
  return users;
}

interface Mount {
  readonly device: string;
  /** Which directory of the file system. */
  readonly inside: string;
  readonly point: string;
}

function mountsOf(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [, , device, inside, point] = line.split(' ').map(unescaped);
    if (device === undefined || inside === undefined || point === undefined) return [];
    return [{ device, inside, point }];
  });
}

/** A mount point in the directory, or a bind mount of something in it. */
function isAtWork(mount: Mount, directory: string, all: readonly Mount[]): boolean {
  if (isWithin(mount.point, directory)) return true;
  const holder = all
    .filter(({ point }) => isWithin(directory, point))
    .toSorted((a, b) => b.point.length - a.point.length)[0];
  if (holder === undefined || holder.device !== mount.device) return false;
  const rest = directory.slice(holder.point === '/' ? 0 : holder.point.length);
  return isWithin(mount.inside, (holder.inside === '/' ? '' : holder.inside) + rest);
}

/** An NFS server keeps files open long after the last node; what nodes run is in their reports. */
const servers: ReadonlySet<string> = new Set(['ganesha.nfsd']);

function isInside(about: string, directory: string): boolean {
  const files = servers.has(nameOf(about)) ? [] : namesIn(join(about, 'fd'));
  const links = ['cwd', 'root', 'exe', ...files.map((name) => `fd/${name}`)];
  return links.some((name) => {
    const target = linkAt(join(about, name));
    return target !== undefined && isWithin(target, directory);
  });
}

function nameOf(about: string): string {
  return textAt(join(about, 'comm')).trim();
}

/** A process may end at any moment. */
const gone = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'EINVAL', 'ENOTDIR'];

function namesIn(directory: string): string[] {
  return unlessGone(() => readdirSync(directory)) ?? [];
}

function textAt(path: string): string {
  return unlessGone(() => readFileSync(path, 'utf8')) ?? '';
}

function linkAt(path: string): string | undefined {
  return unlessGone(() => readlinkSync(path));
}

function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (hasCode(error, ...gone)) return undefined;
    throw error;
  }
}

/** Blanks and the like are octal there. */
function unescaped(field: string): string {
  return field.replace(/\\(?<octal>[0-7]{3})/gu, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
