import { StateliteError } from '../../../agent/errors.ts';
import { parseMountinfo, type MountPoint } from '../../../agent/files/mountinfo.ts';

/** What is left out of a captured root unless a list says otherwise: what is volatile, or only this node's. */
export const defaultExclusions: readonly string[] = [
  './tmp/*',
  './var/tmp/*',
  './run/*',
  './mnt/*',
  './media/*',
  './lost+found',
  './swapfile',
  './swap.img',
  './boot/efi/*',
  './install/*',
  './tftpboot/*',
  './xcatpost',
  './.statelite',
  './.default',
  './.sllocal',
  './etc/ssh/ssh_host_*_key',
  './etc/ssh/ssh_host_*_key.pub',
  './etc/udev/rules.d/70-persistent-net.rules',
];

/** File systems of disks: what is mounted of another kind is no part of the system that is installed. */
const ofDisks: ReadonlySet<string> = new Set(
  'ext2 ext3 ext4 xfs btrfs f2fs jfs reiserfs bcachefs zfs'.split(' '),
);

const ofDiskless = /^(?:nfs\d?|tmpfs|ramfs|rootfs|squashfs)$/u;

/**
 * Patterns of a .imgcapture.exlist: as find(1) and tar(1) have them, from `.`; blank lines and `#`
 * comments do not count. Throws ERR_STATELITE_IMAGE for a line that would match nothing.
 */
export function parseExclusions(text: string, name: string): string[] {
  return text.split('\n').flatMap((written, index) => {
    const line = written.trim();
    if (line === '' || line.startsWith('#')) return [];
    const pattern = line.replace(/^-\s*/u, '').replace(/(?<=.)\/+$/u, '');
    if (/^\.(?:\/|$)/u.test(pattern) && pattern !== '.') return [pattern];
    throw new StateliteError(
      'ERR_STATELITE_IMAGE',
      `${name} line ${index + 1}: ${JSON.stringify(line)} is no pattern of what is left out`,
      { hint: 'write ./tmp/* or ./srv/scratch' },
    );
  });
}

/** What is mounted on a node and not captured, and the patterns that say so. */
export interface ForeignMounts {
  /** Absolute; they are empty directories in the image. */
  readonly points: readonly string[];
  readonly patterns: readonly string[];
}

/**
 * Reads a node's mountinfo. Throws ERR_STATELITE_IMAGE for a node whose root is on no disk: its image
 * is here already.
 */
export function foreignMounts(mountinfo: string, node: string): ForeignMounts {
  const mounts = parseMountinfo(mountinfo);
  const root = mounts.findLast(({ point }) => point === '/');
  if (root === undefined || ofDiskless.test(root.fstype)) refuseRoot(node, root);
  const points = mounts
    .filter(({ point, fstype }) => point !== '/' && !ofDisks.has(fstype))
    .map(({ point }) => point);
  const outermost = [...new Set(points)].filter(
    (point) => !points.some((other) => point.startsWith(`${other}/`)),
  );
  return {
    points: outermost,
    patterns: outermost.map((point) => `.${point.replaceAll(/[\\*?[\]]/gu, String.raw`\$&`)}`),
  };
}

function refuseRoot(node: string, root: MountPoint | undefined): never {
  const is = root === undefined ? 'unknown' : root.fstype;
  throw new StateliteError('ERR_STATELITE_IMAGE', `the root of ${node} is ${is}, not on a disk`, {
    hint: 'only a node that was installed to its disk can be captured',
  });
}
