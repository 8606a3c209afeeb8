import { copyFile, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exists } from '../image/genimage/exists.ts';
import type { Loader } from './node-files.ts';

interface LoaderFile {
  /** Below tftpdir; what the DHCP server names. */
  readonly name: string;
  /** Where distributions put it. */
  readonly sources: readonly string[];
  /** The Debian package that has it. */
  readonly package: string;
}

/** What firmware fetches before it reads a boot file; UEFI starts iPXE whatever noderes.netboot is. */
const loaderFiles: Readonly<Record<Loader, readonly LoaderFile[]>> = {
  xnba: [
    {
      name: 'undionly.kpxe',
      sources: ['/usr/lib/ipxe/undionly.kpxe', '/usr/share/ipxe/undionly.kpxe'],
      package: 'ipxe',
    },
    {
      name: 'snponly.efi',
      sources: ['/usr/lib/ipxe/snponly.efi', '/usr/share/ipxe/ipxe-snponly-x86_64.efi'],
      package: 'ipxe',
    },
  ],
  pxe: [
    {
      name: 'pxelinux.0',
      sources: ['/usr/lib/PXELINUX/pxelinux.0', '/usr/share/syslinux/pxelinux.0'],
      package: 'pxelinux',
    },
    {
      name: 'ldlinux.c32',
      sources: ['/usr/lib/syslinux/modules/bios/ldlinux.c32', '/usr/share/syslinux/ldlinux.c32'],
      package: 'syslinux-common',
    },
  ],
};

/**
 * Puts the loaders' own files into `tftpdir` if this machine has them; one that is there already
 * stays, a site may have its own. A line for each that is nowhere. `host` is the root that their
 * sources are below.
 */
export async function publishLoaders(
  used: Iterable<Loader>,
  tftpdir: string,
  host = '/',
): Promise<string[]> {
  const missing: string[] = [];
  for (const file of [...used].flatMap((loader) => loaderFiles[loader])) {
    const target = join(tftpdir, file.name);
    if (await exists(target)) continue;
    if (
      !(await copyFirst(
        file.sources.map((source) => join(host, source)),
        target,
      ))
    ) {
      missing.push(`there is no ${target}: apt-get install ${file.package}, then run this again`);
    }
  }
  return missing;
}

async function copyFirst(sources: readonly string[], target: string): Promise<boolean> {
  for (const source of sources) {
    if (!(await exists(source))) continue;
    await mkdir(dirname(target), { recursive: true });
    await copyFile(source, `${target}.new`);
    await rename(`${target}.new`, target);
    return true;
  }
  return false;
}
