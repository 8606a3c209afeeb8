import { createReadStream } from 'node:fs';

/** Bytes of a file: in memory, or read from disk while the archive is written. */
export type Content = { readonly data: Uint8Array } | { readonly file: string };

export type CpioEntry = { readonly path: string } & (
  | { readonly kind: 'directory'; readonly mode: number }
  | {
      readonly kind: 'device';
      readonly mode: number;
      readonly major: number;
      readonly minor: number;
    }
  | { readonly kind: 'link'; readonly target: string }
  | {
      readonly kind: 'file';
      readonly mode: number;
      readonly size: number;
      readonly content: Content;
    }
);

/** inode(7): the file type of st_mode. */
const types = { directory: 0o040000, device: 0o020000, link: 0o120000, file: 0o100000 } as const;

/** Sizes are eight hexadecimal digits. */
const largestFile = 0xffffffff;

/**
 * The archive an initramfs is (newc, cpio(5)) in the order of the entries, paths absolute. The same
 * entries give the same bytes: inode numbers count up, everything is root's and of 1970.
 * Throws if a file's size is not the one announced.
 */
export async function* cpio(entries: Iterable<CpioEntry>): AsyncGenerator<Uint8Array> {
  let inode = 0;
  let written = 0;
  const count = (bytes: Uint8Array): Uint8Array => {
    written += bytes.length;
    return bytes;
  };
  for (const entry of entries) {
    inode += 1;
    yield count(header(entry, inode));
    let size = 0;
    for await (const bytes of contentOf(entry)) {
      size += bytes.length;
      yield count(bytes);
    }
    if (size !== sizeOf(entry)) {
      throw new Error(
        `${entry.path} changed while it was packed: ${size} bytes, not ${sizeOf(entry)}`,
      );
    }
    yield count(padding(written, 4));
  }
  yield count(header({ path: '/TRAILER!!!', kind: 'file', mode: 0, size: 0, content: nothing }, 0));
  yield padding(written, 512);
}

const nothing: Content = { data: new Uint8Array() };

function header(entry: CpioEntry, inode: number): Uint8Array {
  const name = Buffer.from(`${entry.path.slice(1)}\0`);
  const size = sizeOf(entry);
  if (size > largestFile) throw new Error(`${entry.path} is too large for an initramfs`);
  const [major, minor] = entry.kind === 'device' ? [entry.major, entry.minor] : [0, 0];
  const isTrailer = inode === 0;
  const permissions = entry.kind === 'link' ? 0o777 : entry.mode;
  const fields = [
    inode,
    isTrailer ? 0 : types[entry.kind] | permissions,
    0, // uid
    0, // gid
    entry.kind === 'directory' ? 2 : 1,
    0, // mtime
    size,
    0, // the device the file was on
    0,
    major,
    minor,
    name.length,
    0, // checksum, of another format
  ];
  const digits = fields.map((field) => field.toString(16).toUpperCase().padStart(8, '0'));
  const bytes = Buffer.concat([Buffer.from(`070701${digits.join('')}`), name]);
  return Buffer.concat([bytes, padding(bytes.length, 4)]);
}

function sizeOf(entry: CpioEntry): number {
  if (entry.kind === 'file') return entry.size;
  return entry.kind === 'link' ? Buffer.byteLength(entry.target) : 0;
}

function contentOf(entry: CpioEntry): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (entry.kind === 'link') return [Buffer.from(entry.target)];
  if (entry.kind !== 'file') return [];
  if ('data' in entry.content) return [entry.content.data];
  return createReadStream(entry.content.file, { highWaterMark: 1 << 20 });
}

function padding(length: number, multiple: number): Uint8Array {
  return new Uint8Array((multiple - (length % multiple)) % multiple);
}
