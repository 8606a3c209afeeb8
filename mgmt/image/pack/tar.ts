import { once } from 'node:events';
import { type Header, pack, type Pack } from 'tar-stream';
import { isUtf8 } from 'node:buffer';
import { type Bytes, fsPath } from '../../../agent/files/bytes.ts';
import { contentOf } from './content.ts';
import type { Kind, Member } from './member.ts';
import type { Xattrs } from './xattrs.ts';

const types: Readonly<Record<Kind, Header['type']>> = {
  directory: 'directory',
  file: 'file',
  link: 'symlink',
  'character device': 'character-device',
  'block device': 'block-device',
  fifo: 'fifo',
};

/** Of ustar: longer names, and larger owners, are said in records of pax(1). */
const longestName = 100;
const largestOwner = 0o777777;
const largestTime = 0x7fffffffn * 1_000_000_000n;

/** Who will read an archive. */
type Reader = 'any' | 'mksquashfs';

/**
 * A pax archive of members in their order; further names of a file are links to the first. Extended
 * attributes are `SCHILY.xattr.*` records, which GNU tar, bsdtar and mksquashfs read. For mksquashfs
 * 4.5, which takes leading slashes and `../` off a symlink that is in a record, long ones are written
 * as GNU tar does.
 */
export async function* tarArchive(
  members: readonly Member[],
  xattrs: Xattrs,
  reader: Reader = 'any',
): AsyncGenerator<Uint8Array> {
  const archive = pack();
  void write(archive, members, xattrs, reader).catch((error: unknown) =>
    archive.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  for await (const bytes of archive) if (bytes instanceof Uint8Array) yield bytes;
}

async function write(
  archive: Pack,
  members: readonly Member[],
  xattrs: Xattrs,
  reader: Reader,
): Promise<void> {
  const firstNames = new Map<string, Bytes>();
  for (const member of members) {
    const { identity } = member;
    const first = identity === undefined ? undefined : firstNames.get(identity);
    if (identity !== undefined && first === undefined)
      firstNames.set(identity, archiveName(member));
    const target = first ?? member.target;
    const isOdd = reader === 'mksquashfs' && member.kind === 'link' && !isPlain(target);
    const inRecord = isOdd ? '' : target;
    const records = recordsOf(member, inRecord, first === undefined ? xattrs : new Map());
    if (records.length > 0) await putRecords(archive, paxBlock(records));
    if (isOdd) archive.push(longLink(target));
    const header = headerOf(member, target, first === undefined ? types[member.kind] : 'link');
    if (header.type === 'file') await putFile(archive, header, member);
    else await putEntry(archive, header);
  }
  archive.finalize();
}

function headerOf(member: Member, target: Bytes, type: Header['type']): EntryHeader {
  const { mtime, uid, gid, mode, device, size } = member;
  const isInRange = mtime >= 0n && mtime <= largestTime;
  return {
    name: isPlain(archiveName(member)) ? archiveName(member) : 'pax',
    mode,
    uid: Math.min(uid, largestOwner),
    gid: Math.min(gid, largestOwner),
    size: type === 'file' ? size : 0,
    mtime: new Date(isInRange ? Number(mtime / 1_000_000n) : 0),
    type,
    linkname: isPlain(target) ? target : 'pax',
    devmajor: device.major,
    devminor: device.minor,
  };
}

type PaxRecord = readonly [key: string, value: Buffer];

/** What a ustar header cannot say. */
function recordsOf(member: Member, target: Bytes, xattrs: Xattrs): PaxRecord[] {
  const { mtime, uid, gid, source } = member;
  const name = archiveName(member);
  const records: PaxRecord[] = [];
  const say = (key: string, value: string) => records.push([key, Buffer.from(value, 'latin1')]);
  // Else bsdtar takes names for UTF-8.
  if (!isUtf8(fsPath(name)) || !isUtf8(fsPath(target))) say('hdrcharset', 'BINARY');
  if (!isPlain(name)) say('path', name);
  if (target !== '' && !isPlain(target)) say('linkpath', target);
  if (uid > largestOwner) say('uid', String(uid));
  if (gid > largestOwner) say('gid', String(gid));
  if (mtime % 1_000_000_000n !== 0n || mtime < 0n || mtime > largestTime)
    say('mtime', decimal(mtime));
  const attributes = 'place' in source ? (xattrs.get(source.place) ?? []) : [];
  return [...records, ...attributes.map(([key, value]) => [`SCHILY.xattr.${key}`, value] as const)];
}

/**
 * Records as bytes: names and values need not be text, so tar-stream cannot write them. A comment
 * fills the last block, because tar-stream does not pad what it is not given.
 */
function paxBlock(records: readonly PaxRecord[]): Buffer {
  const body = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  const rest = 512 - (body.length % 512);
  const length = rest < shortestComment ? rest + 512 : rest;
  return Buffer.concat([body, Buffer.from(`${`${length} comment=`.padEnd(length - 1)}\n`)]);
}

const shortestComment = '512 comment=\n'.length;

/** `<length of all> key=value\n` */
function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`, 'latin1'), value, Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) {
    length = String(length).length + rest.length;
  }
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** What tar-stream is told of an entry. */
type EntryHeader = Parameters<Pack['entry']>[0];

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- tar-stream writes this type, its declaration does not name it
const paxHeader = 'pax-header' as 'file';

async function putRecords(archive: Pack, block: Buffer): Promise<void> {
  const header = { name: 'pax', type: paxHeader, size: block.length, mtime: new Date(0) };
  await putEntry(archive, header);
  archive.push(block);
}

/** A symlink's target as GNU tar writes it in front of the entry. */
function longLink(target: Bytes): Buffer {
  const header = Buffer.alloc(512);
  const size = target.length + 1;
  header.write('././@LongLink');
  for (const [at, digits] of [
    [100, '0000644'],
    [108, '0000000'],
    [116, '0000000'],
    [124, size.toString(8).padStart(11, '0')],
    [136, '00000000000'],
    [148, '        K'], // blanks while the sum is taken
    [257, 'ustar  '],
  ] as const) {
    header.write(digits, at);
  }
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\u0000`, 148);
  const body = Buffer.alloc(Math.ceil(size / 512) * 512);
  body.write(target, 'latin1');
  return Buffer.concat([header, body]);
}

async function putEntry(archive: Pack, header: EntryHeader): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  archive.entry(header, (error) => (error ? reject(error) : resolve()));
  await promise;
}

async function putFile(archive: Pack, header: EntryHeader, member: Member): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const entry = archive.entry(header, (error) => (error ? reject(error) : resolve()));
  try {
    for await (const bytes of contentOf(member)) {
      if (!entry.write(bytes)) await Promise.race([once(entry, 'drain'), promise]);
    }
    entry.end(undefined);
  } catch (error) {
    promise.catch(() => undefined); // what stopped it is thrown, not that it stopped
    throw error;
  }
  await promise;
}

/** Directories and files begin with `./`: no name can be taken for an option or an absolute path. */
function archiveName({ path }: Member): Bytes {
  return path === '' ? './' : `./${path}`;
}

/** Whether tar-stream writes it as it is. */
function isPlain(name: Bytes): boolean {
  // oxlint-disable-next-line no-control-regex -- every byte of ASCII is plain
  return name.length <= longestName && /^[\x01-\x7f]*$/u.test(name);
}

/** Seconds, with nine places. */
function decimal(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : '';
  const digits = (nanoseconds < 0n ? -nanoseconds : nanoseconds).toString().padStart(10, '0');
  return `${sign}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}
