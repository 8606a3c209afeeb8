import { cp, mkdtempDisposable, readFile, stat } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasCode } from '../../../agent/errors.ts';
import { chase } from '../../../agent/files/chase.ts';
import { parseDpkgStatus } from './dpkg-status.ts';

/** Version by package, e.g. `libc6:amd64`. */
export type Packages = ReadonlyMap<string, string>;

/** Where rpm keeps its database; the first is the newer place. */
const rpmDatabases = ['/usr/lib/sysimage/rpm', '/var/lib/rpm'];

/** The installed packages of a root; undefined if it has no database of dpkg or rpm that can be read. */
export async function readPackages(root: string): Promise<Packages | undefined> {
  const status = await textOf(await placeIn(root, '/var/lib/dpkg/status'));
  if (status !== undefined) return parseDpkgStatus(status);
  for (const path of rpmDatabases) {
    const place = await placeIn(root, path);
    if (place !== undefined && (await isDirectory(place))) return readRpm(place);
  }
  return undefined;
}

export async function countPackages(root: string): Promise<number | undefined> {
  return (await readPackages(root))?.size;
}

/** From a copy: rpm locks its database, and makes it anew where it is older. */
async function readRpm(database: string): Promise<Packages | undefined> {
  await using copy = await mkdtempDisposable(join(tmpdir(), 'statelite-rpm-'));
  await cp(database, copy.path, { recursive: true, verbatimSymlinks: true });
  const format = '%{NAME}.%{ARCH} %{EPOCHNUM}:%{VERSION}-%{RELEASE}\n';
  try {
    const { stdout } = await promisify(execFile)(
      'rpm',
      ['--dbpath', copy.path, '--query', '--all', '--queryformat', format],
      { maxBuffer: 64 * 1024 * 1024 },
    );
    const lines = stdout.split('\n').filter((line) => line.includes(' '));
    return new Map(
      lines.map((line): [string, string] => {
        const [name = '', version = ''] = line.split(' ');
        return [name, version.replace(/^0:/u, '')];
      }),
    );
  } catch (error) {
    // This machine has no rpm, or one that cannot read a database of this kind.
    if (hasCode(error, 'ENOENT') || hasExitCode(error)) return undefined;
    throw error;
  }
}

function hasExitCode(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}

/** Undefined behind a loop of links. */
async function placeIn(root: string, path: string): Promise<string | undefined> {
  try {
    return await chase(root, path);
  } catch (error) {
    if (hasCode(error, 'ELOOP')) return undefined;
    throw error;
  }
}

async function textOf(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}
