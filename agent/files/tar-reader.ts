import { ArchiveError, type Member, type MemberType, type Part } from './archive.ts';
import { byteSource, type ByteSource } from './byte-source.ts';
import type { Bytes } from './bytes.ts';

/**
 * Reads a tar archive to the end of `chunks`: ustar, pax and GNU's long names. Throws ArchiveError if
 * it is damaged, or has sparse files in a form of GNU's.
 */
export async function* readTar(chunks: AsyncIterable<Buffer>): AsyncGenerator<Part> {
  const source = byteSource(chunks);
  const forAll = new Map<string, Bytes>();
  let forNext = new Map<string, Bytes>();
  for (;;) {
    const block = await source.exactly(blockSize);
    if (block.every((byte) => byte === 0)) break;
    const header = parseHeader(block, source.position);
    if (header.flag === 'x' || header.flag === 'g') {
      const records = parsePax(await contentOf(source, header.size));
      const into = header.flag === 'g' ? forAll : forNext;
      for (const [key, value] of records) into.set(key, value);
      continue;
    }
    if (header.flag === 'L' || header.flag === 'K') {
      const name = (await contentOf(source, header.size)).toString('latin1').replace(/\0.*$/su, '');
      forNext.set(header.flag === 'L' ? 'path' : 'linkpath', name);
      continue;
    }
    const member = memberOf(header, new Map([...forAll, ...forNext]));
    forNext = new Map();
    yield member;
    yield* source.pieces(member.size);
    await pad(source);
  }
  await source.drain();
}

const blockSize = 512;
/** Of a name or of a pax header; real ones have a page or two with all their attributes. */
const longestExtra = 1 << 20;

const types: ReadonlyMap<string, MemberType> = new Map([
  ['0', 'file'],
  ['\0', 'file'],
  ['7', 'file'],
  ['1', 'link'],
  ['2', 'symlink'],
  ['3', 'character device'],
  ['4', 'block device'],
  ['5', 'directory'],
  ['6', 'FIFO'],
]);

/** tar(5) */
interface Header extends Omit<Member, 'type'> {
  readonly flag: string;
}

function parseHeader(block: Buffer, end: number): Header {
  const text = (from: number, size: number): Bytes =>
    block.toString('latin1', from, from + size).replace(/\0.*$/su, '');
  const number = (from: number, size: number): number => {
    const first = block[from] ?? 0;
    // GNU's base 256: large numbers.
    if (first === 0x80) return block.readUIntBE(from + size - 6, 6);
    const digits = text(from, size).trim();
    return digits === '' ? 0 : /^[0-7]+$/u.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
  };
  const sum = block.reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (number(148, 8) !== sum) {
    throw new ArchiveError(`there is no tar header at byte ${end - blockSize}`);
  }
  const prefix = text(257, 8) === 'ustar' ? text(345, 155) : '';
  const name = text(0, 100);
  const header = {
    path: prefix === '' ? name : `${prefix}/${name}`,
    mode: number(100, 8) & 0o7777,
    uid: number(108, 8),
    gid: number(116, 8),
    size: number(124, 12),
    mtime: number(136, 12),
    flag: text(156, 1) || '\0',
    target: text(157, 100),
    device: { major: number(329, 8), minor: number(337, 8) },
  };
  const numbers = [header.uid, header.gid, header.size, header.mtime];
  if (numbers.every(Number.isSafeInteger)) return header;
  throw new ArchiveError(`the tar header at byte ${end - blockSize} has a bad number`);
}

function memberOf({ flag, ...header }: Header, pax: ReadonlyMap<string, Bytes>): Member {
  const type = types.get(flag);
  const path = pax.get('path') ?? header.path;
  const isSparse = [...pax.keys()].some((key) => key.startsWith('GNU.sparse.'));
  if (type === undefined || isSparse) {
    const what = isSparse ? 'a sparse file of GNU tar' : `of the unknown type ${flag}`;
    throw new ArchiveError(`member ${path} is ${what}`);
  }
  const number = (key: string, otherwise: number): number => Number(pax.get(key) ?? otherwise);
  const [size, uid, gid] = [
    number('size', header.size),
    number('uid', header.uid),
    number('gid', header.gid),
  ];
  if (![size, uid, gid].every((value) => Number.isSafeInteger(value) && value >= 0)) {
    throw new ArchiveError(`member ${path} has a bad number`);
  }
  // Old archives mark a directory by the end of its name.
  const isDirectory = type === 'file' && path.endsWith('/');
  return {
    ...header,
    type: isDirectory ? 'directory' : type,
    path,
    uid,
    gid,
    mtime: number('mtime', header.mtime) || 0,
    target: pax.get('linkpath') ?? header.target,
    size: type === 'file' && !isDirectory ? size : 0,
  };
}

/** Records `<length> <key>=<value>\n`; the length counts itself. */
function parsePax(content: Buffer): [string, Bytes][] {
  const records: [string, Bytes][] = [];
  for (let at = 0; at < content.length;) {
    const blank = content.indexOf(0x20, at);
    const length = Number(content.toString('latin1', at, Math.max(at, blank)));
    const record = content.toString('latin1', blank + 1, at + length - 1);
    const equals = record.indexOf('=');
    if (!Number.isSafeInteger(length) || length < 5 || at + length > content.length || equals < 1) {
      throw new ArchiveError('a pax header is damaged');
    }
    records.push([record.slice(0, equals), record.slice(equals + 1)]);
    at += length;
  }
  return records;
}

async function contentOf(source: ByteSource, size: number): Promise<Buffer> {
  if (size > longestExtra) throw new ArchiveError(`a header has ${size} bytes`);
  const content = await source.exactly(size);
  await pad(source);
  return content;
}

async function pad(source: ByteSource): Promise<void> {
  await source.exactly((blockSize - (source.position % blockSize)) % blockSize);
}
