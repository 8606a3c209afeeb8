import type { Packages } from './install-command.ts';
import { type GrubPlatform, grubPlatforms } from './grub-image.ts';
import { grubDirectory, grubName } from './layouts.ts';

/** What firmware fetches before it reads a boot file. */
export interface LoaderFile {
  /** Below tftpdir; what the DHCP server names. */
  readonly name: string;
  /** Where distributions put it. */
  readonly sources: readonly string[];
  readonly packages: Packages;
}

/** A loader that this machine makes, of modules that distributions bring. */
export interface BuiltLoader {
  readonly name: string;
  /** A second name, for firmware that goes by the end of it. */
  readonly alias?: string;
  readonly platform: GrubPlatform;
  readonly packages: Packages;
}

const ipxe: Packages = { deb: ['ipxe'], rpm: ['ipxe-bootimgs-x86'] };

/**
 * The programs that firmware starts, and the files of each. UEFI starts iPXE where noderes.netboot is
 * not grub2; petitboot is part of the firmware; GRUB is another one on each architecture.
 */
export const loaderFiles = {
  xnba: [
    {
      name: 'undionly.kpxe',
      sources: ['/usr/lib/ipxe/undionly.kpxe', '/usr/share/ipxe/undionly.kpxe'],
      packages: ipxe,
    },
    {
      name: 'snponly.efi',
      sources: ['/usr/lib/ipxe/snponly.efi', '/usr/share/ipxe/ipxe-snponly-x86_64.efi'],
      packages: ipxe,
    },
  ],
  pxe: [
    {
      name: 'pxelinux.0',
      sources: ['/usr/lib/PXELINUX/pxelinux.0', '/usr/share/syslinux/pxelinux.0'],
      packages: { deb: ['pxelinux'], rpm: ['syslinux-nonlinux'] },
    },
    {
      name: 'ldlinux.c32',
      sources: ['/usr/lib/syslinux/modules/bios/ldlinux.c32', '/usr/share/syslinux/ldlinux.c32'],
      packages: { deb: ['syslinux-common'], rpm: ['syslinux-nonlinux'] },
    },
  ],
  yaboot: [
    {
      name: 'yaboot',
      sources: ['/usr/lib/yaboot/yaboot'],
      packages: { deb: ['yaboot'], rpm: ['yaboot'] },
    },
  ],
  'grub2-x86_64': [uefi('x86_64', modules('grub-efi-amd64-bin', 'amd64', 'grub2-efi-x64-modules'))],
  'grub2-aarch64': [
    uefi('aarch64', modules('grub-efi-arm64-bin', 'arm64', 'grub2-efi-aa64-modules')),
  ],
  'grub2-ppc64le': [
    {
      name: `${grubDirectory}/${grubName('ppc64le')}`,
      platform: grubPlatforms.ppc64le,
      packages: modules('grub-ieee1275-bin', 'ppc64el', 'grub2-ppc64le-modules'),
    },
  ],
} as const satisfies Record<string, readonly (LoaderFile | BuiltLoader)[]>;

function uefi(arch: 'x86_64' | 'aarch64', packages: Packages): BuiltLoader {
  const name = `${grubDirectory}/${grubName(arch)}`;
  return { name, alias: `${name}.efi`, platform: grubPlatforms[arch], packages };
}

/** GRUB's modules for firmware of an architecture, and the program that puts them into one file. */
function modules(debian: string, architecture: string, redHat: string): Packages {
  return {
    deb: ['grub-common', debian],
    debArchitecture: architecture,
    rpm: ['/usr/bin/grub2-mkimage', redHat],
  };
}
