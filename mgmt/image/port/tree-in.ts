import { createReadStream } from 'node:fs';
import { statfs, utimes } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { ArchiveError, type Member } from '../../../agent/files/archive.ts';
import { type Bytes, bytesOf, fsPath, textOf } from '../../../agent/files/bytes.ts';
import { readCpio } from '../../../agent/files/cpio-reader.ts';
import { plain } from '../../core/plain.ts';
import { member as names } from './members.ts';
import { piped, together } from '../pack/piped.ts';
import { checkMember, type Seen } from './tree-members.ts';
import { counted, type Work } from './work.ts';

/**
 * Unpacks a rootimgtree.gz into the empty directory `into`, which becomes its `rootimg`. What
 * cpio(1) is given was checked member by member before. Throws ERR_STATELITE_IMAGE naming the member
 * that is refused; what was unpacked until then is to be removed. Returns every path there is.
 */
export async function unpackTree(
  archive: string,
  into: string,
  { signal, onBytes }: Work,
): Promise<Seen> {
  const seen: Seen = new Map();
  const room = await roomIn(into);
  const argv = 'cpio --extract --make-directories --preserve-modification-time --sparse --quiet';
  const unpack = piped([...argv.split(' '), '--no-absolute-filenames'], {
    cwd: into,
    signal,
    install: 'cpio',
  });
  unpack.stdout.resume();
  const unzipped = createGunzip();
  const reading = pipeline(createReadStream(archive), unzipped);
  const times = new Map<Bytes, number>();
  const members = checked(counted(unzipped, onBytes), { seen, room, times });
  try {
    await together([unpack], [reading, pipeline(Readable.from(inBlocks(members)), unpack.stdin)]);
  } catch (error) {
    throw explained(error, [...seen.keys()].at(-1));
  }
  for (const [path, time] of times) await utimes(fsPath(`${bytesOf(into)}/${path}`), time, time);
  return seen;
}

/** Free bytes of the file system of a directory. */
export async function roomIn(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

interface Unpacking {
  readonly seen: Seen;
  readonly room: number;
  /** Of directories: cpio(1) sets them before it fills the directory. */
  readonly times: Map<Bytes, number>;
}

/** The same archive with every name below `.`, and nothing in it that is refused. */
async function* checked(
  chunks: AsyncIterable<Buffer>,
  { seen, room, times }: Unpacking,
): AsyncGenerator<Buffer> {
  const inodes = new Map<string, number>();
  let inode = 0;
  let left = room;
  let padding = 0;
  for await (const part of readCpio(chunks)) {
    if (Buffer.isBuffer(part)) {
      yield part;
      continue;
    }
    const path = checkMember(part, seen, refusal);
    if (part.type === 'directory') times.set(path, part.mtime);
    left -= part.size;
    if (left < 0) {
      const name = plain(JSON.stringify(textOf(path)));
      throw refusal(`${name} has ${part.size} bytes, and there is no room for them`);
    }
    const shared = part.sameAs === undefined ? undefined : inodes.get(part.sameAs);
    const number = shared ?? (inode += 1);
    if (part.sameAs !== undefined) inodes.set(part.sameAs, number);
    yield header(part, path, number, padding);
    padding = padTo4(part.size);
  }
  yield header(trailer, 'TRAILER!!!', 0, padding);
}

const trailer: Member = {
  type: 'file',
  path: '',
  mode: 0,
  uid: 0,
  gid: 0,
  mtime: 0,
  size: 0,
  target: '',
  device: { major: 0, minor: 0 },
};

/** inode(7): the file type of st_mode. */
const typeBits: Readonly<Record<Member['type'], number>> = {
  file: 0o100000,
  directory: 0o040000,
  symlink: 0o120000,
  link: 0o100000,
  'character device': 0o020000,
  'block device': 0o060000,
  FIFO: 0o010000,
  socket: 0o140000,
};

/** cpio(5): a newc header, its name, and of a symlink its target; `padding` ends the member before. */
function header(member: Member, path: Bytes, inode: number, padding: number): Buffer {
  const isLink = member.type === 'symlink';
  const target = Buffer.from(member.target, 'latin1');
  const fields = [
    inode,
    inode === 0 ? 0 : typeBits[member.type] | member.mode,
    member.uid,
    member.gid,
    member.sameAs === undefined ? 1 : 2,
    member.mtime,
    isLink ? target.length : member.size,
    0, // the device the file was on
    0,
    member.device.major,
    member.device.minor,
    path.length + 1,
    0, // checksum, of another format
  ];
  const digits = fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  const name = Buffer.from(`${path}\0`, 'latin1');
  const begin = Buffer.concat([Buffer.from(`070701${digits}`), name]);
  const rest = isLink ? [target, zeros(padTo4(target.length))] : [];
  return Buffer.concat([zeros(padding), begin, zeros(padTo4(begin.length)), ...rest]);
}

/** Headers are small, and each write a trip to the kernel. */
async function* inBlocks(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    held.push(piece);
    bytes += piece.length;
    if (bytes < 1 << 16) continue;
    yield Buffer.concat(held);
    held = [];
    bytes = 0;
  }
  yield Buffer.concat(held);
}

function padTo4(length: number): number {
  return (4 - (length % 4)) % 4;
}

function zeros(count: number): Buffer {
  return Buffer.alloc(count);
}

function refusal(why: string): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_IMAGE',
    `${names.tree} of the archive is refused: ${why}`,
    {
      hint: 'nothing was changed',
    },
  );
}

function explained(error: unknown, last: Bytes | undefined): unknown {
  const where = last === undefined ? '' : `, in ${plain(JSON.stringify(textOf(last)))}`;
  if (error instanceof ArchiveError) return refusal(error.message + where);
  if (hasCode(error, 'Z_BUF_ERROR', 'Z_DATA_ERROR'))
    return refusal(`gzip: ${error.message}${where}`);
  return error;
}
