import { StateliteError } from '../../agent/errors.ts';
import { bootScriptName } from './boot-script.ts';

/** What noderes.netboot of a node comes down to for DHCP. */
export type NetbootTag = 'xnba' | 'pxe' | 'grub2' | 'yaboot' | 'petitboot';

/** Firmware by the number it sends in DHCP option 93 (RFC 4578 and the IANA registry). */
export const firmwares = {
  bios: { cpu: 'x86_64', arches: [0] },
  efi64: { cpu: 'x86_64', arches: [7, 9] },
  arm64: { cpu: 'aarch64', arches: [11] },
  ofw: { cpu: 'ppc64', arches: [12] },
  opal: { cpu: 'ppc64', arches: [14] },
  http64: { cpu: 'x86_64', arches: [16], http: true },
  httparm64: { cpu: 'aarch64', arches: [19], http: true },
} as const satisfies Record<string, { cpu: string; arches: readonly number[]; http?: true }>;

export type Firmware = keyof typeof firmwares;

/**
 * Names below tftpdir. UEFI takes what comes by HTTP for a program if its name ends in .efi (or by a
 * Content-Type that not every web server gives), hence the second names.
 */
export const programs = {
  pxelinux: 'pxelinux.0',
  ipxeBios: 'undionly.kpxe',
  ipxeEfi: 'snponly.efi',
  grubX86: 'boot/grub2/grub2.x86_64',
  grubX86Http: 'boot/grub2/grub2.x86_64.efi',
  grubArm: 'boot/grub2/grub2.aarch64',
  grubArmHttp: 'boot/grub2/grub2.aarch64.efi',
  grubPpc: 'boot/grub2/grub2.ppc64le',
  yaboot: 'yaboot',
} as const;

/** What a machine is told to load. Each machine fits one choice at most. */
export interface BootChoice {
  readonly firmware: Firmware;
  /** Only nodes of this loader; with `except`, all others. */
  readonly only?: NetbootTag;
  readonly except?: NetbootTag;
  /** Whether it is iPXE that asks; absent if it does not matter. */
  readonly ipxe?: boolean;
  /** By TFTP, or by HTTP below the URL of tftpdir. */
  readonly load: { readonly tftp: string } | { readonly http: string };
}

const script = { http: bootScriptName } as const;

/** aarch64 and Power go through grub: distributions have no iPXE for them. */
export const bootChoices: readonly BootChoice[] = [
  { firmware: 'bios', only: 'pxe', load: { tftp: programs.pxelinux } },
  { firmware: 'bios', except: 'pxe', ipxe: false, load: { tftp: programs.ipxeBios } },
  { firmware: 'bios', except: 'pxe', ipxe: true, load: script },
  { firmware: 'efi64', only: 'grub2', load: { tftp: programs.grubX86 } },
  { firmware: 'efi64', except: 'grub2', ipxe: false, load: { tftp: programs.ipxeEfi } },
  { firmware: 'efi64', except: 'grub2', ipxe: true, load: script },
  { firmware: 'arm64', ipxe: false, load: { tftp: programs.grubArm } },
  { firmware: 'arm64', only: 'grub2', ipxe: true, load: { tftp: programs.grubArm } },
  { firmware: 'arm64', except: 'grub2', ipxe: true, load: script },
  { firmware: 'ofw', only: 'yaboot', load: { tftp: programs.yaboot } },
  { firmware: 'ofw', except: 'yaboot', load: { tftp: programs.grubPpc } },
  { firmware: 'http64', only: 'grub2', load: { http: programs.grubX86Http } },
  { firmware: 'http64', except: 'grub2', load: { http: programs.ipxeEfi } },
  { firmware: 'httparm64', load: { http: programs.grubArmHttp } },
];

/** Names below tftpdir that a node of this loader may be told, whatever firmware of `arch` it has. */
export function programsFor(loader: NetbootTag, arch: string): string[] {
  const kind = arch.startsWith('ppc64') ? 'ppc64' : arch;
  return bootChoices
    .filter(({ firmware, only = loader, except }) => {
      return firmwares[firmware].cpu === kind && only === loader && except !== loader;
    })
    .map(({ load }) => ('tftp' in load ? load.tftp : load.http));
}

/** Where petitboot finds a node's configuration: DHCP option 209 (RFC 5071). */
export function petitbootUrl(url: string, node: string): string {
  return `${url}/petitboot/${node}`;
}

/** The tag of noderes.netboot; blank is xnba. ERR_STATELITE_BOOTFILE for one we cannot serve. */
export function netbootTag(netboot: string | undefined, node: string): NetbootTag {
  switch (netboot) {
    case undefined:
    case 'xnba':
      return 'xnba';
    case 'pxe':
    case 'yaboot':
    case 'petitboot':
      return netboot;
    case 'grub2':
    case 'grub2-http':
    case 'grub2-tftp':
      return 'grub2';
    default:
      throw new StateliteError(
        'ERR_STATELITE_BOOTFILE',
        `noderes.netboot ${JSON.stringify(netboot)} of ${node} is not supported`,
        { hint: 'use xnba (iPXE), pxe (pxelinux), grub2, yaboot or petitboot' },
      );
  }
}
