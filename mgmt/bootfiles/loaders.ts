import { copyFile, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exists } from '../image/genimage/exists.ts';
import { buildGrub, type GrubPlatform, grubPlatforms } from './grub-image.ts';
import type { BootNode, BootState } from './layout.ts';
import { grubDirectory, grubName } from './layouts.ts';

/** What firmware fetches before it reads a boot file. */
interface LoaderFile {
  /** Below tftpdir; what the DHCP server names. */
  readonly name: string;
  /** Where distributions put it. */
  readonly sources: readonly string[];
  /** The Debian package that has it. */
  readonly package: string;
}

/** A loader that this machine makes, of modules that distributions bring. */
interface BuiltLoader {
  readonly name: string;
  readonly platform: GrubPlatform;
  readonly package: string;
}

/** UEFI starts iPXE where noderes.netboot is not grub2. */
const copied = {
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
  yaboot: [{ name: 'yaboot', sources: ['/usr/lib/yaboot/yaboot'], package: 'yaboot' }],
} as const satisfies Record<string, readonly LoaderFile[]>;

const built = {
  'grub2-x86_64': grubFor('x86_64', 'grub-efi-amd64-bin'),
  'grub2-aarch64': grubFor('aarch64', 'grub-efi-arm64-bin'),
  'grub2-ppc64le': grubFor('ppc64le', 'grub-ieee1275-bin'),
} as const satisfies Record<string, BuiltLoader>;

/** Programs that firmware starts; petitboot is part of it. GRUB is another one on each architecture. */
export type LoaderProgram = keyof typeof copied | keyof typeof built;

/** What nodes that were set need. A node that boots from its disk has its loader there. */
export function usedLoaders(
  nodes: Iterable<Pick<BootNode, 'loader'> & { readonly state: BootState }>,
): Set<LoaderProgram> {
  const used = new Set<LoaderProgram>();
  for (const { loader, state } of nodes) {
    const arch = typeof state === 'string' ? '' : state.arch;
    const name = loader.startsWith('grub2') ? `grub2-${arch}` : loader;
    if (isProgram(name)) used.add(name);
  }
  return used;
}

/**
 * Puts the loaders' own files into `tftpdir` if this machine has them; one that is there already
 * stays, a site may have its own. A line for each that is nowhere. `host` is the root that their
 * sources are below. ERR_STATELITE_BOOTFILE if GRUB cannot be made.
 */
export async function publishLoaders(
  used: Iterable<LoaderProgram>,
  tftpdir: string,
  host = '/',
): Promise<string[]> {
  const missing: string[] = [];
  for (const file of [...used].flatMap(filesOf)) {
    const target = join(tftpdir, file.name);
    if (await exists(target)) continue;
    const isMade =
      'platform' in file
        ? await buildWith(file.platform, target, host)
        : await copyFirst(
            file.sources.map((source) => join(host, source)),
            target,
          );
    if (!isMade) {
      missing.push(`there is no ${target}: apt-get install ${file.package}, then run this again`);
    }
  }
  return missing;
}

function filesOf(program: LoaderProgram): readonly (LoaderFile | BuiltLoader)[] {
  return isCopied(program) ? copied[program] : [built[program]];
}

function isProgram(name: string): name is LoaderProgram {
  return Object.hasOwn(copied, name) || Object.hasOwn(built, name);
}

function isCopied(name: LoaderProgram): name is keyof typeof copied {
  return Object.hasOwn(copied, name);
}

function grubFor(arch: keyof typeof grubPlatforms, name: string): BuiltLoader {
  return {
    name: `${grubDirectory}/${grubName(arch)}`,
    platform: grubPlatforms[arch],
    package: `grub-common ${name}`,
  };
}

/** False if this machine has no GRUB for the platform. */
async function buildWith(platform: GrubPlatform, target: string, host: string): Promise<boolean> {
  const directory = join(host, 'usr/lib/grub', platform.name);
  if (!(await exists(join(directory, 'moddep.lst')))) return false;
  for (const name of ['grub-mkimage', 'grub2-mkimage']) {
    const program = join(host, 'usr/bin', name);
    if (!(await exists(program))) continue;
    await buildGrub(platform, { program, directory, target });
    return true;
  }
  return false;
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
