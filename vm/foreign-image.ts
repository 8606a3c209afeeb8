import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ArchitectureName } from './architectures.ts';
import { exec } from './exec.ts';
import { foreignPackages } from './foreign-packages.ts';
import type { Kernel } from './kernel.ts';
import type { Management } from './management.ts';

/** An image of another architecture. */
export interface ForeignRecipe {
  readonly arch: ArchitectureName;
  /** Debian packages, without what they depend on. */
  readonly packages: readonly string[];
  /** Further files, by their path in the image. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface ForeignImage {
  readonly osimage: string;
  /** Holds rootimg, kernel and initramfs. */
  readonly directory: string;
  readonly root: string;
}

/**
 * Puts a root of unpacked packages into the management node's installdir and defines its osimage, as
 * an operator does who has built the root on another machine. Its init is busybox, which says
 * `@@init@@` and the machine's name on the console and then is a shell there.
 */
export async function installForeignImage(
  management: Management,
  cache: string,
  { arch, packages, files = {} }: ForeignRecipe,
): Promise<ForeignImage> {
  const osimage = `debian12-${arch}-statelite-compute`;
  const directory = join(management.installdir, 'netboot/debian12', arch, 'compute');
  const root = join(directory, 'rootimg');
  await mkdir(root, { recursive: true });
  const unpacked = await foreignPackages(cache, arch, packages);
  await exec(['cp', '--archive', `${unpacked}/.`, root]);
  for (const empty of ['dev', 'etc', 'proc', 'run', 'sbin', 'sys', 'tmp', 'var/log']) {
    await mkdir(join(root, empty), { recursive: true });
  }
  for (const [path, content] of Object.entries({ ...files, '/sbin/init': init })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  await chmod(join(root, 'sbin/init'), 0o755);
  const columns = { osvers: 'debian12', osarch: arch, profile: 'compute', rootimgdir: directory };
  const words = Object.entries(columns).map(([column, value]) => `${column}=${value}`);
  await management.run('mkdef', '-t', 'osimage', osimage, 'provmethod=statelite', ...words);
  return { osimage, directory, root };
}

/** The kernel of an unpacked root. */
export async function kernelIn(root: string): Promise<Kernel> {
  const names = await readdir(join(root, 'boot'));
  const name = names.find((each) => /^vmlinu[xz]-/u.test(each));
  if (name === undefined) throw new Error(`${root} has no kernel`);
  const release = name.replace(/^vmlinu[xz]-/u, '');
  return { root, release, vmlinuz: join(root, 'boot', name) };
}

/** This busybox finds its applets by itself, without links to them. */
const init = `#!/bin/busybox sh
echo "@@init@@ $(uname -m)"
exec setsid cttyhack sh
`;
