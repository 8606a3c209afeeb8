import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../agent/errors.ts';
import type { ArchitectureName } from './architectures.ts';
import { exec } from './exec.ts';
import { cached } from './images.ts';

/** Debian's names. */
const debianNames = { x86_64: 'amd64', aarch64: 'arm64', ppc64le: 'ppc64el' } as const;

/**
 * Debian packages of another architecture, unpacked into one directory; nothing of them runs, and
 * this machine's own packages do not change. A name may be one that only depends on another,
 * `linux-image-cloud-arm64`: that one comes along, nothing else. modules.dep is made.
 */
export async function foreignPackages(
  cache: string,
  arch: ArchitectureName,
  names: readonly string[],
): Promise<string> {
  return cached(cache, `packages-${arch}`, [arch, ...names], async (path) => {
    const apt = join(path, 'apt');
    const env = { ...process.env, APT_CONFIG: await writeAptRoot(apt, debianNames[arch]) };
    const failure = await updateLists(env);
    const archives = join(apt, 'archives');
    await mkdir(archives);
    try {
      const wanted = [...names, ...(await kernelsOf(names, env))];
      await exec(['apt-get', '-q', 'download', ...wanted], { cwd: archives, env });
    } catch (cause) {
      throw failure ?? cause;
    }
    for (const archive of await readdir(archives)) {
      await exec(['dpkg-deb', '-x', join(archives, archive), path]);
    }
    await rm(apt, { recursive: true });
    for (const release of await releasesIn(path)) await exec(['depmod', '-b', path, release]);
  });
}

/** Kernels whose modules are unpacked in a directory. */
async function releasesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(join(directory, 'lib/modules'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** An apt that knows this machine's sources and none of its packages; the path of its APT_CONFIG. */
async function writeAptRoot(directory: string, arch: string): Promise<string> {
  await mkdir(join(directory, 'state/lists/partial'), { recursive: true });
  await mkdir(join(directory, 'cache/archives/partial'), { recursive: true });
  await writeFile(join(directory, 'status'), '');
  const file = join(directory, 'apt.conf');
  await writeFile(file, aptConfig(directory, arch));
  return file;
}

/** Quotes and semicolons have no place in a cache's path (pure). */
export function aptConfig(directory: string, arch: string): string {
  return `Dir::State "${directory}/state";
Dir::State::status "${directory}/status";
Dir::Cache "${directory}/cache";
APT::Architecture "${arch}";
APT::Architectures { "${arch}"; };
Acquire::Languages "none";
`;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A mirror that is just changing lacks one list of several; what is needed may be in the others. */
async function updateLists(env: Environment): Promise<StateliteError | undefined> {
  try {
    await exec(['apt-get', '-q', 'update'], { env });
    return undefined;
  } catch (error) {
    if (error instanceof StateliteError) return error;
    throw error;
  }
}

/** The kernels that names of only a flavour stand for. */
async function kernelsOf(names: readonly string[], env: Environment): Promise<string[]> {
  const flavours = names.filter((name) => name.startsWith('linux-image-'));
  return Promise.all(
    flavours.map(async (name) => {
      const printed = await exec(['apt-cache', 'show', '--no-all-versions', name], { env });
      const kernel = kernelOf(printed);
      if (kernel !== undefined) return kernel;
      throw new StateliteError('ERR_STATELITE_VM', `${name} depends on no kernel:\n${printed}`);
    }),
  );
}

/** From what `apt-cache show` prints of a flavour (pure). */
export function kernelOf(printed: string): string | undefined {
  return /^Depends:.*\b(linux-image-\d\S+)/m.exec(printed)?.[1];
}
