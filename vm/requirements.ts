import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../agent/errors.ts';

/** What the lab calls, and the Debian package that has it. */
const programs: Readonly<Record<string, string>> = {
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
};

const systemFiles: Readonly<Record<string, string>> = {
  '/dev/net/tun': 'a kernel with CONFIG_TUN',
  '/usr/lib/ipxe/qemu/pxe-virtio.rom': 'ipxe-qemu',
};

/** Why the lab cannot run here, in words; nothing if it can. `built` is what npm run build makes. */
export async function missingForLab(
  searchPath: string,
  uid: number,
  built: readonly string[] = [],
): Promise<string[]> {
  const missing = uid === 0 ? [] : ['root, for private namespaces and taps'];
  for (const [program, from] of Object.entries(programs)) {
    if (!(await isProgram(program, searchPath))) missing.push(`${program} (${from})`);
  }
  const files = {
    ...systemFiles,
    ...Object.fromEntries(built.map((path) => [path, 'npm run build'])),
  };
  for (const [file, from] of Object.entries(files)) {
    if (!(await isThere(file, constants.R_OK))) missing.push(`${file} (${from})`);
  }
  return missing;
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
