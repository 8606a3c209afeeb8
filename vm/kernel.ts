import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StateliteError } from '../agent/errors.ts';
import { exec } from './exec.ts';
import { cached } from './images.ts';

/** A kernel and its modules from one package: modules of another build would not load. */
export interface Kernel {
  readonly release: string;
  readonly vmlinuz: string;
  /** The directory `lib/modules/<release>` is in; modules.dep is made. */
  readonly root: string;
}

const metaPackage = 'linux-image-cloud-amd64';

/** Debian's cloud kernel as apt offers it; downloaded once, 106 MB unpacked. */
export async function cloudKernel(cache: string): Promise<Kernel> {
  const { packageName, version } = await currentPackage();
  const root = await cached(cache, 'kernel', [packageName, version], async (path) => {
    await mkdir(path, { recursive: true });
    await exec(['apt-get', 'download', `${packageName}=${version}`], { cwd: path });
    const [archive = ''] = (await readdir(path)).filter((name) => name.endsWith('.deb'));
    await exec(['dpkg-deb', '-x', archive, '.'], { cwd: path });
    await rm(join(path, archive));
    await exec(['depmod', '-b', path, releaseOf(packageName)]);
  });
  const release = releaseOf(packageName);
  return { release, root, vmlinuz: join(root, 'boot', `vmlinuz-${release}`) };
}

/** The module files to load, in order, so that each finds what it needs. */
export async function modulesFor(kernel: Kernel, names: readonly string[]): Promise<string[]> {
  const show = ['modprobe', '-d', kernel.root, '-S', kernel.release, '--show-depends', '-a'];
  const printed = await exec([...show, ...names]);
  const files = [...printed.matchAll(/^insmod (\S+)/gm)].map(([, file = '']) => file);
  return [...new Set(files)];
}

async function currentPackage(): Promise<{ packageName: string; version: string }> {
  const printed = await exec(['apt-cache', 'show', '--no-all-versions', metaPackage]);
  const [, packageName, version] = /^Depends: (linux-image-\S+) \(= (\S+)\)/m.exec(printed) ?? [];
  if (packageName !== undefined && version !== undefined) return { packageName, version };
  throw new StateliteError('ERR_STATELITE_VM', `apt offers no ${metaPackage}`, {
    hint: 'the lab boots a Debian kernel: run apt-get update',
  });
}

function releaseOf(packageName: string): string {
  return packageName.replace('linux-image-', '');
}
