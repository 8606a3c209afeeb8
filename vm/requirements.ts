import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../agent/errors.ts';
import { architectures } from './architectures.ts';

/** What is called or read, and the Debian package that has it. */
interface Needs {
  readonly programs: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
}

const lab: Needs = {
  programs: {
    'qemu-system-x86_64': 'qemu-system-x86',
    'ganesha.nfsd': 'nfs-ganesha',
    rpcbind: 'rpcbind',
    dnsmasq: 'dnsmasq-base',
    busybox: 'busybox-static',
    zstd: 'zstd',
    ip: 'iproute2',
    nft: 'nftables',
    unshare: 'util-linux',
    nsenter: 'util-linux',
    setpriv: 'util-linux',
    flock: 'util-linux',
    depmod: 'kmod',
    modprobe: 'kmod',
  },
  files: {
    '/dev/net/tun': 'a kernel with CONFIG_TUN',
    '/usr/lib/ipxe/qemu/pxe-virtio.rom': 'ipxe-qemu',
  },
};

/** What some stories need besides. */
const parts = {
  /** Images made here of Debian packages. */
  debian: { programs: { mmdebstrap: 'mmdebstrap', 'dpkg-deb': 'dpkg' }, files: {} },
  /** Discs of RPM packages, made and installed here. */
  rpm: {
    programs: {
      dnf: 'dnf',
      zypper: 'zypper',
      rpmbuild: 'rpm',
      createrepo_c: 'createrepo-c',
      xorriso: 'xorriso',
      bsdtar: 'libarchive-tools',
    },
    files: {},
  },
  squashfs: { programs: { mksquashfs: 'squashfs-tools' }, files: {} },
  pxelinux: {
    programs: {},
    files: {
      '/usr/lib/PXELINUX/pxelinux.0': 'pxelinux',
      '/usr/lib/syslinux/modules/bios/ldlinux.c32': 'syslinux-common',
    },
  },
  uefi: {
    programs: { 'grub-mkimage': 'grub-common' },
    files: {
      ...firmware('x86_64', 'ovmf'),
      '/usr/lib/ipxe/snponly.efi': 'ipxe',
      '/usr/lib/grub/x86_64-efi/moddep.lst': 'grub-efi-amd64-bin',
    },
  },
  aarch64: {
    programs: {
      'qemu-system-aarch64': 'qemu-system-arm',
      'aarch64-linux-gnu-gcc': 'gcc-aarch64-linux-gnu',
      'grub-mkimage': 'grub-common',
      'apt-get': 'apt',
    },
    files: firmware('aarch64', 'qemu-efi-aarch64'),
  },
  ppc64le: {
    programs: {
      'qemu-system-ppc64': 'qemu-system-ppc',
      'grub-mkimage': 'grub-common',
      'apt-get': 'apt',
    },
    files: { '/usr/share/qemu/slof.bin': 'qemu-system-data' },
  },
} as const satisfies Record<string, Needs>;

export type Part = keyof typeof parts;

/** What a story needs besides the lab: programs of this machine, and what `npm run build` makes. */
export interface Needed {
  readonly parts?: readonly Part[];
  /** Paths, and the command that makes each. */
  readonly built?: Readonly<Record<string, string>>;
}

/** Why the lab, or a part of its stories, cannot run here, in words; nothing if it can. */
export async function missingForLab(
  searchPath: string,
  uid: number,
  { parts: names = [], built = {} }: Needed = {},
): Promise<string[]> {
  const missing = uid === 0 ? [] : ['root, for private namespaces and taps'];
  const needs: Needs[] = [lab, ...names.map((name) => parts[name])];
  for (const [program, from] of entriesOf(needs.map(({ programs }) => programs))) {
    if (!(await isProgram(program, searchPath))) missing.push(`${program} (${from})`);
  }
  for (const [file, from] of entriesOf([...needs.map(({ files }) => files), built])) {
    if (!(await isThere(file, constants.R_OK))) missing.push(`${file} (${from})`);
  }
  return missing;
}

/** The Debian packages that a part comes from. */
export function packagesOf(part: Part | 'lab'): Set<string> {
  const { programs, files }: Needs = part === 'lab' ? lab : parts[part];
  return new Set([...Object.values(programs), ...Object.values(files)]);
}

export const partNames: readonly Part[] = Object.keys(parts).filter(isPart);

function isPart(name: string): name is Part {
  return Object.hasOwn(parts, name);
}

function entriesOf(records: readonly Readonly<Record<string, string>>[]): [string, string][] {
  return Object.entries(Object.assign({}, ...records));
}

function firmware(arch: 'x86_64' | 'aarch64', name: string): Record<string, string> {
  const { uefi } = architectures[arch];
  return uefi === undefined ? {} : { [uefi.code]: name, [uefi.variables]: name };
}

async function isProgram(name: string, searchPath: string): Promise<boolean> {
  for (const directory of searchPath.split(':')) {
    if (await isThere(join(directory, name), constants.X_OK)) return true;
  }
  return false;
}

async function isThere(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return false;
    throw error;
  }
}
