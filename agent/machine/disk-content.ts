/** What a disk or a partition without a table holds, as far as its first bytes tell. */
export type Content =
  | { readonly kind: 'blank' }
  | {
      readonly kind: 'filesystem';
      readonly type: 'ext2' | 'ext3' | 'ext4' | 'xfs';
      readonly uuid: string;
      readonly label: string;
      /** Whether it was ever mounted, where it tells. */
      readonly used: boolean;
    }
  | { readonly kind: 'swap'; readonly uuid: string; readonly label: string }
  | { readonly kind: 'other'; readonly what: string };

/** As far as the farthest of these signatures, btrfs's, is from the start. */
export const contentBytes = 72 * 1024;
/** As far as the farthest superblock of a RAID is from the end. */
export const endBytes = 128 * 1024;

/** May be what a program left that was cut off; all else that is `other` is surely somebody's. */
export const unknownData = 'data of an unknown kind';
export const raidMember = 'a member of a RAID';

type Signature = readonly [offset: number, magic: string, what: string];

/** What may have a file system's superblock behind or before its own: an old one, or half a mirror. */
const containers: readonly Signature[] = [
  [0, 'LUKS\xba\xbe', 'an encrypted volume (LUKS)'],
  ...[0, 512, 1024, 1536].map((at): Signature => [at, 'LABELONE', 'a physical volume of LVM']),
  [0, '\xfc\x4e\x2b\xa9', raidMember],
  [4096, '\xfc\x4e\x2b\xa9', raidMember],
];

/** Signatures of what is not ours, so that a refusal can name it. */
const signatures: readonly Signature[] = [
  [0x10040, '_BHRfS_M', 'a btrfs file system'],
  [3, 'NTFS    ', 'an NTFS file system'],
  [3, 'EXFAT   ', 'an exFAT file system'],
  [0, 'hsqs', 'a squashfs file system'],
  [0x8001, 'CD001', 'an ISO 9660 file system'],
  [1024, '\x10\x20\xf5\xf2', 'an f2fs file system'],
  [4096 + 24, '\xc6\x85\x73\xf6\x4e\x1a\x45\xca', 'a bcachefs file system'],
  [0x8000, 'JFS1', 'a JFS file system'],
  [0x10034, 'ReIsEr', 'a ReiserFS file system'],
  [0, 'bluestore block device', "a disk of Ceph's"],
  [32, 'ORCLDISK', 'a disk of Oracle ASM'],
  [54, 'FAT', 'a FAT file system'],
  [82, 'FAT32', 'a FAT file system'],
];

/** swap(5): the magic ends the first page, and a page has 4 to 64 KiB. */
const pages = [4096, 8192, 16_384, 32_768, 65_536];

/**
 * Looks at the first bytes of a disk or partition. Nothing but zeros is blank; whatever is not known
 * is `other`: it may be somebody's data.
 */
export function identify(head: Buffer): Content {
  const container = containers.find(([offset, magic]) => startsWith(head, offset, magic));
  if (container !== undefined) return { kind: 'other', what: container[2] };
  if (head.length >= 2048 && head.readUInt16LE(1024 + 56) === 0xef53) return extOf(head);
  if (startsWith(head, 0, 'XFSB')) {
    return {
      kind: 'filesystem',
      type: 'xfs',
      uuid: uuidAt(head, 32),
      label: textAt(head, 108, 12),
      used: isUsedXfs(head),
    };
  }
  if (pages.some((page) => startsWith(head, page - 10, 'SWAPSPACE2'))) {
    return { kind: 'swap', uuid: uuidAt(head, 1036), label: textAt(head, 1052, 16) };
  }
  const known = signatures.find(([offset, magic]) => startsWith(head, offset, magic));
  if (known !== undefined) return { kind: 'other', what: known[2] };
  return isZero(head) ? { kind: 'blank' } : { kind: 'other', what: unknownData };
}

/**
 * Whether the last bytes of a disk or partition of `size` bytes say that it belongs to a RAID: half
 * of a mirror begins with a file system like any other. md of the formats 0.90 and 1.0 (md(4)), the
 * disks of Intel's and DDF's firmware.
 */
export function isRaidMember(end: Buffer, size: number): boolean {
  const from = size - end.length;
  const isAt = (offset: number, magic: string) =>
    offset >= from && startsWith(end, offset - from, magic);
  const [md, ddf] = ['\xfc\x4e\x2b\xa9', '\xde\x11\xde\x11'];
  const old = down(size, 65_536) - 65_536;
  return (
    isAt(old, md) ||
    isAt(old, '\xa9\x2b\x4e\xfc') || // in the byte order of the machine that made it
    isAt(down(size - 8192, 4096), md) ||
    [512, 4096].some((sector) => isAt(size - sector * 2, 'Intel Raid ISM Cfg Sig.')) ||
    [512, 4096].some((sector) => isAt(size - sector, ddf))
  );
}

/** Of the log of an xfs: more than one record in that many bytes of it, and it was mounted. */
export const xfsLogBytes = 1024 * 1024;

/**
 * Where the log of an xfs is, in bytes from its start; undefined if it is not in there. A crash leaves
 * the counters in the superblock as mkfs.xfs wrote them, so that only the log tells that it was in use.
 */
export function xfsLogAt(head: Buffer): number | undefined {
  if (head.length < 512) return undefined;
  const start = head.readBigUInt64BE(48);
  if (start === 0n) return undefined;
  const [blockBytes, groupBlocks, bits] = [
    BigInt(head.readUInt32BE(4)),
    BigInt(head.readUInt32BE(84)),
    BigInt(head.readUInt8(124) & 63),
  ];
  const group = start >> bits;
  return Number((group * groupBlocks + (start - (group << bits))) * blockBytes);
}

/** Whether a log of xfs has more than the one record of mkfs.xfs. */
export function isWrittenXfsLog(log: Buffer): boolean {
  let records = 0;
  for (let at = 0; at < log.length; at += 512) {
    if (startsWith(log, at, '\xfe\xed\xba\xbe')) records += 1;
  }
  return records > 1;
}

/** Content in words: `an ext4 file system`. */
export function describeContent(content: Content): string {
  switch (content.kind) {
    case 'blank':
      return 'nothing';
    case 'filesystem':
      return `an ${content.type} file system`;
    case 'swap':
      return 'swap space';
    case 'other':
      return content.what;
  }
}

export function isZero(bytes: Buffer): boolean {
  const size = 64 * 1024;
  const zeros = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    if (!piece.equals(zeros.subarray(0, piece.length))) return false;
  }
  return true;
}

/** The superblock at 1024: a journal makes it ext3, extents or 64 bit ext4. */
function extOf(head: Buffer): Content {
  const compatible = head.readUInt32LE(1024 + 92);
  const incompatible = head.readUInt32LE(1024 + 96);
  if ((incompatible & 0x8) !== 0) return { kind: 'other', what: 'the journal of a file system' };
  const type = (incompatible & 0x2c0) !== 0 ? 'ext4' : (compatible & 0x4) !== 0 ? 'ext3' : 'ext2';
  const [uuid, label] = [uuidAt(head, 1024 + 104), textAt(head, 1024 + 120, 16)];
  const [mounted, times] = [head.readUInt32LE(1024 + 44), head.readUInt16LE(1024 + 52)];
  return { kind: 'filesystem', type, uuid, label, used: mounted !== 0 || times !== 0 };
}

/** A new one has three inodes in use; one that is being made says so. */
function isUsedXfs(head: Buffer): boolean {
  if (head.length < 512) return true;
  const isInProgress = head.readUInt8(126) !== 0;
  return !isInProgress && head.readBigUInt64BE(128) - head.readBigUInt64BE(136) > 3n;
}

function startsWith(head: Buffer, offset: number, magic: string): boolean {
  return head.toString('latin1', offset, offset + magic.length) === magic;
}

function down(bytes: number, to: number): number {
  return Math.floor(bytes / to) * to;
}

function uuidAt(head: Buffer, offset: number): string {
  const hex = head.toString('hex', offset, offset + 16);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, '$1-$2-$3-$4-$5');
}

function textAt(head: Buffer, offset: number, length: number): string {
  return head.toString('utf8', offset, offset + length).replace(/\0.*$/su, '');
}
