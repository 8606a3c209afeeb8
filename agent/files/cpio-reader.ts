import { ArchiveError, type Member, type MemberType, type Part } from './archive.ts';
import { byteSource, type ByteSource } from './byte-source.ts';
import type { Bytes } from './bytes.ts';

/**
 * Reads a newc archive (cpio(5); the form with checksums too, which are not looked at) to the end of
 * `chunks`; what stands behind the trailer is passed over. Throws ArchiveError if it is damaged.
 */
export async function* readCpio(chunks: AsyncIterable<Buffer>): AsyncGenerator<Part> {
  const source = byteSource(chunks);
  for (;;) {
    const header = parseHeader(await source.exactly(headerSize), source.position);
    const name = await text(source, header.nameSize, longestPath);
    await pad(source);
    if (name === trailer) break;
    const type = types.get(header.mode & typeBits);
    if (type === undefined) {
      throw new ArchiveError(`member ${name} has the unknown mode 0${header.mode.toString(8)}`);
    }
    const target = type === 'symlink' ? await linkTarget(source, header.size) : '';
    const member = memberOf(header, type, name, target);
    yield member;
    if (type === 'file') yield* source.pieces(member.size);
    else if (type !== 'symlink' && header.size > 0) {
      throw new ArchiveError(`${type} ${name} has data`);
    }
    await pad(source);
  }
  await source.drain();
}

const headerSize = 110;
const trailer = 'TRAILER!!!';
/** As in the kernel (PATH_MAX), with the final NUL. */
const longestPath = 4096;
const typeBits = 0o170000;

/** inode(7) */
const types: ReadonlyMap<number, MemberType> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
  [0o020000, 'character device'],
  [0o060000, 'block device'],
  [0o010000, 'FIFO'],
  [0o140000, 'socket'],
]);

/** The fields behind the magic, eight hexadecimal digits each. */
interface Header {
  readonly inode: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly mtime: number;
  readonly size: number;
  readonly volume: string;
  readonly device: Member['device'];
  readonly nameSize: number;
}

function parseHeader(bytes: Buffer, end: number): Header {
  const digits = bytes.toString('latin1');
  if (!/^07070[12][0-9A-Fa-f]{104}$/u.test(digits)) {
    throw new ArchiveError(`there is no cpio header at byte ${end - headerSize}`);
  }
  const field = (index: number): number =>
    Number.parseInt(digits.slice(6 + index * 8, 14 + index * 8), 16);
  return {
    inode: field(0),
    mode: field(1),
    uid: field(2),
    gid: field(3),
    links: field(4),
    mtime: field(5),
    size: field(6),
    volume: `${field(7)}:${field(8)}`,
    device: { major: field(9), minor: field(10) },
    nameSize: field(11),
  };
}

/** cpio(1) gives the data of several names to the last of them, others to the first. */
function memberOf(header: Header, type: MemberType, path: Bytes, target: Bytes): Member {
  const { mode, uid, gid, mtime, device, links, inode, volume } = header;
  const isShared = type === 'file' && links > 1;
  return {
    type,
    path,
    mode: mode & 0o7777,
    uid,
    gid,
    mtime,
    size: type === 'file' ? header.size : 0,
    target,
    device,
    ...(isShared && { sameAs: `${volume}:${inode}` }),
  };
}

async function linkTarget(source: ByteSource, size: number): Promise<Bytes> {
  if (size === 0 || size >= longestPath) {
    throw new ArchiveError(`a symlink has a target of ${size} bytes`);
  }
  return (await source.exactly(size)).toString('latin1');
}

/** A name, which ends in its only NUL. */
async function text(source: ByteSource, size: number, most: number): Promise<Bytes> {
  if (size < 2 || size > most) throw new ArchiveError(`a name has ${size} bytes`);
  const bytes = (await source.exactly(size)).toString('latin1');
  if (bytes.indexOf('\0') !== size - 1) throw new ArchiveError('a name does not end at its end');
  return bytes.slice(0, -1);
}

/** Headers and data begin at multiples of four bytes. */
async function pad(source: ByteSource): Promise<void> {
  await source.exactly((4 - (source.position % 4)) % 4);
}
