import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '../../vm/exec.ts';

/** Spec files, and below `files/` what they install. */
const packageSources = join(import.meta.dirname, 'packages');

/** The static program that all packages but the kernel are made of, from Debian's busybox-static. */
export const busybox = '/bin/busybox';

/** One package to build. */
export interface PackageJob {
  /** A file of `packages/`, without `.spec`. */
  readonly spec: string;
  /** Where the package goes. */
  readonly output: string;
  readonly macros: Readonly<Record<string, string>>;
}

/**
 * Builds one package with everything rpmbuild writes below `work`; the settings and the package
 * database of this machine's user are neither read nor written.
 */
export async function buildPackage(
  { spec, output, macros }: PackageJob,
  work: string,
): Promise<void> {
  const topdir = join(work, `rpmbuild-${spec}`);
  await mkdir(topdir, { recursive: true });
  await mkdir(output, { recursive: true });
  const all = {
    _topdir: topdir,
    _dbpath: join(topdir, 'db'),
    _tmppath: join(topdir, 'tmp'),
    _sourcedir: join(packageSources, 'files'),
    _rpmdir: output,
    _rpmfilename: '%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm',
    _buildhost: 'localhost',
    // the kernel is most of it: a low level, since it is packed and unpacked by tests only
    _binary_payload: 'w3.zstdio',
    debug_package: '%{nil}',
    __os_install_post: '%{nil}',
    busybox,
    ...macros,
  };
  const defines = Object.entries(all).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
  const file = join(packageSources, `${spec}.spec`);
  await exec(['rpmbuild', '-bb', '--target', 'x86_64', ...defines, file], {
    cwd: topdir,
    env: { HOME: topdir, PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
  });
  await rm(topdir, { recursive: true });
}
