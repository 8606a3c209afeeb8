import { StateliteError } from '../../../agent/errors.ts';
import { contentOf } from './content.ts';
import { type Kind, type Member, nameOf } from './member.ts';

/** inode(7): the file type of st_mode. */
const types: Readonly<Record<Kind, number>> = {
  directory: 0o040000,
  file: 0o100000,
  link: 0o120000,
  'character device': 0o020000,
  'block device': 0o060000,
  fifo: 0o010000,
};

/** Every number is eight hexadecimal digits. */
const largest = 0xffffffff;
const end = 'TRAILER!!!';

/**
 * A newc archive, cpio(5), of members in their order. Names of one file share its number, and the last
 * of them holds the content, as GNU cpio writes it. Extended attributes have no place in it. Throws
 * ERR_STATELITE_IMAGE for a file of 4 GiB and more.
 */
export async function* cpioArchive(members: readonly Member[]): AsyncGenerator<Buffer> {
  for (const member of members) refuseLarge(member);
  const names = countNames(members);
  const numbers = new Map<string, number>();
  const left = new Map(names);
  let next = 1;
  let written = 0;
  const count = (bytes: Buffer): Buffer => {
    written += bytes.length;
    return bytes;
  };
  for (const member of members) {
    const { identity } = member;
    const inode = (identity === undefined ? undefined : numbers.get(identity)) ?? next++;
    let isLast = true;
    if (identity !== undefined) {
      numbers.set(identity, inode);
      left.set(identity, (left.get(identity) ?? 1) - 1);
      isLast = left.get(identity) === 0;
    }
    const size = isLast ? sizeOf(member) : 0;
    const links = identity === undefined ? 1 : (names.get(identity) ?? 1);
    yield count(header(member, { inode, size, links: member.kind === 'directory' ? 2 : links }));
    if (member.kind === 'link') yield count(Buffer.from(member.target, 'latin1'));
    else if (isLast) for await (const bytes of contentOf(member)) yield count(bytes);
    yield count(padding(written, 4));
  }
  yield count(record([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], Buffer.from(end)));
  yield padding(written, 512);
}

function header(
  member: Member,
  { inode, size, links }: { inode: number; size: number; links: number },
): Buffer {
  const { major, minor } = member.device;
  const seconds = Number(member.mtime / 1_000_000_000n);
  const mtime = Math.min(Math.max(seconds, 0), largest);
  const mode = types[member.kind] | member.mode;
  const fields = [inode, mode, member.uid, member.gid, links, mtime, size, 0, 0, major, minor];
  return record(fields, Buffer.from(archiveName(member.path), 'latin1'));
}

/** A file of the image that has the name of the end must not be it. */
function archiveName(path: string): string {
  if (path === '') return '.';
  return path === end ? `./${path}` : path;
}

function record(fields: readonly number[], name: Buffer): Buffer {
  const digits = [...fields, name.length + 1, 0]
    .map((field) => field.toString(16).toUpperCase().padStart(8, '0'))
    .join('');
  const bytes = Buffer.concat([Buffer.from(`070701${digits}`), name, Buffer.alloc(1)]);
  return Buffer.concat([bytes, padding(bytes.length, 4)]);
}

function sizeOf({ kind, target, size }: Member): number {
  return kind === 'link' ? target.length : size;
}

function refuseLarge(member: Member): void {
  if (member.size <= largest) return;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `${nameOf(member)} has ${member.size} bytes: a file in a cpio archive has less than 4 GiB`,
    { hint: 'pack it as tar or squashfs (-m), or leave it out by the exclude list' },
  );
}

/** How many of its names are packed. */
function countNames(members: readonly Member[]): Map<string, number> {
  const names = new Map<string, number>();
  for (const { identity } of members) {
    if (identity !== undefined) names.set(identity, (names.get(identity) ?? 0) + 1);
  }
  return names;
}

function padding(length: number, multiple: number): Buffer {
  return Buffer.alloc((multiple - (length % multiple)) % multiple);
}
