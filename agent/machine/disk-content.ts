/** What a disk or a partition without a table holds, as far as its first bytes tell. */
export type Content =
  | { readonly kind: 'blank' }
  | {
      readonly kind: 'filesystem';
      readonly type: 'ext2' | 'ext3' | 'ext4' | 'xfs';
      readonly uuid: string;
      readonly label: string;
    }
  | { readonly kind: 'swap'; readonly uuid: string; readonly label: string }
  | { readonly kind: 'other'; readonly what: string };

/** As far as the farthest of these signatures, btrfs's, is from the start. */
export const contentBytes = 72 * 1024;

/** Signatures of what is not ours, so that a refusal can name it. */
const signatures: readonly (readonly [offset: number, magic: string, what: string])[] = [
  [0, 'LUKS\xba\xbe', 'an encrypted volume (LUKS)'],
  [0x10040, '_BHRfS_M', 'a btrfs file system'],
  [512, 'LABELONE', 'a physical volume of LVM'],
  [4096, '\xfc\x4e\x2b\xa9', 'a member of a RAID'],
  [3, 'NTFS    ', 'an NTFS file system'],
  [0, 'hsqs', 'a squashfs file system'],
  [0x8001, 'CD001', 'an ISO 9660 file system'],
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
  if (head.length >= 2048 && head.readUInt16LE(1024 + 56) === 0xef53) return extOf(head);
  if (startsWith(head, 0, 'XFSB')) {
    return {
      kind: 'filesystem',
      type: 'xfs',
      uuid: uuidAt(head, 32),
      label: textAt(head, 108, 12),
    };
  }
  if (pages.some((page) => startsWith(head, page - 10, 'SWAPSPACE2'))) {
    return { kind: 'swap', uuid: uuidAt(head, 1036), label: textAt(head, 1052, 16) };
  }
  const known = signatures.find(([offset, magic]) => startsWith(head, offset, magic));
  if (known !== undefined) return { kind: 'other', what: known[2] };
  return isZero(head) ? { kind: 'blank' } : { kind: 'other', what: 'data of an unknown kind' };
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
  const type = (incompatible & 0x2c0) !== 0 ? 'ext4' : (compatible & 0x4) !== 0 ? 'ext3' : 'ext2';
  const [uuid, label] = [uuidAt(head, 1024 + 104), textAt(head, 1024 + 120, 16)];
  return { kind: 'filesystem', type, uuid, label };
}

function startsWith(head: Buffer, offset: number, magic: string): boolean {
  return head.toString('latin1', offset, offset + magic.length) === magic;
}

function uuidAt(head: Buffer, offset: number): string {
  const hex = head.toString('hex', offset, offset + 16);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, '$1-$2-$3-$4-$5');
}

function textAt(head: Buffer, offset: number, length: number): string {
  return head.toString('utf8', offset, offset + length).replace(/\0.*$/su, '');
}
