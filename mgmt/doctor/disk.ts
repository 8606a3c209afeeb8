import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import { isPostgresUrl } from '../db/postgres-url.ts';
import type { Check } from './check.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import type { Machine } from './machine.ts';

/** The file system of a directory. Without inodes of its own, as btrfs is, `inodes` is 0. */
export interface Space {
  readonly directory: string;
  /** Bytes that others than root may still write, and all. */
  readonly free: number;
  readonly size: number;
  readonly freeInodes: number;
  readonly inodes: number;
}

const mebibyte = 1 << 20;
/** Below the first nothing can be written soon, below the second it is time to act. */
const [least, little] = [64 * mebibyte, 1024 * mebibyte];

/** Space where images, boot files, the database and reports are written. */
export function diskSpace(installdir: string, tftpdir: string): Check<Machine> {
  return {
    group: 'machine',
    name: 'disk space',
    async look({ settings: { state, database } }) {
      const own = isPostgresUrl(database) ? [] : [dirname(database)];
      const directories = new Set([installdir, tftpdir, state, ...own]);
      const findings = [...directories].map(async (directory) => {
        const space = await spaceOf(directory);
        return space === undefined ? missing(directory) : judgeSpace(space);
      });
      return (await Promise.all(findings)).flat();
    },
  };
}

export function judgeSpace({ directory, free, size, freeInodes, inodes }: Space): Finding[] {
  const share = size === 0 ? 1 : free / size;
  const hint = `make room there: df -h ${directory}; du -xh --max-depth=2 ${directory} | sort -h`;
  const left = `${directory}: ${formatBytes(free)} of ${formatBytes(size)} free`;
  const inodeHint = `remove files there: df -i ${directory}`;
  const isShort = inodes > 0 && freeInodes / inodes < 0.02;
  return [
    ...(isShort ? [warn(`${directory}: ${freeInodes} of ${inodes} inodes free`, inodeHint)] : []),
    free < least ? fail(left, hint) : free < little && share < 0.1 ? warn(left, hint) : ok(left),
  ];
}

function missing(directory: string): Finding[] {
  const message = `there is no directory ${directory}`;
  return [fail(message, 'statelite setup makes it; or is a disk not mounted there?')];
}

async function spaceOf(directory: string): Promise<Space | undefined> {
  try {
    const { bsize, bavail, blocks, ffree, files } = await statfs(directory);
    return {
      directory,
      free: bavail * bsize,
      size: blocks * bsize,
      freeInodes: ffree,
      inodes: files,
    };
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

export function formatBytes(bytes: number): string {
  if (bytes >= 1024 * mebibyte) return `${(bytes / 1024 / mebibyte).toFixed(1)} GiB`;
  return `${Math.floor(bytes / mebibyte)} MiB`;
}
