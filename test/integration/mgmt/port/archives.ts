import { writeFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';

/** A member of a tar archive, and its bytes. */
export interface TarMember {
  readonly header: Partial<Header> & Pick<Header, 'name'>;
  readonly data?: string | Buffer;
}

/** What a newc header says, as far as tests care. */
export interface CpioMember {
  readonly name: string;
  readonly mode: number;
  readonly data?: string | Buffer;
  /** Said to be so long, whatever `data` is. */
  readonly size?: number;
  readonly device?: readonly [number, number];
}

export const osimage = {
  imagename: 'img',
  provmethod: 'statelite',
  profile: 'evil',
  osvers: 'debian12',
  osarch: 'x86_64',
};

/** manifest.xml with these elements besides the usual ones. */
export function manifest(more = '', columns: Readonly<Record<string, string>> = osimage): string {
  const values = Object.entries(columns).map(([name, value]) => `<${name}>${value}</${name}>`);
  return `<?xml version="1.0"?>\n<xcatimage><osimage>${values.join('')}</osimage>${more}</xcatimage>\n`;
}

export const directory = (name: string): CpioMember => ({ name, mode: 0o40755 });
export const file = (name: string, data = ''): CpioMember => ({ name, mode: 0o100644, data });
export const link = (name: string, target: string): CpioMember => ({
  name,
  mode: 0o120777,
  data: target,
});

/** rootimgtree.gz of these members. */
export function tree(...all: readonly CpioMember[]): Buffer {
  return gzipSync(cpio(all));
}

export function cpio(given: readonly CpioMember[]): Buffer {
  let inode = 0;
  const all = [...given, { name: 'TRAILER!!!', mode: 0 }].map(
    ({ name, mode, data = '', size = Buffer.byteLength(data), device = [0, 0] }: CpioMember) => {
      const fields = [(inode += 1), mode, 0, 0, 1, 0, size, 0, 0, ...device, name.length + 1, 0];
      const digits = fields.map((field) => field.toString(16).padStart(8, '0')).join('');
      return Buffer.concat([
        padded(Buffer.from(`070701${digits}${name}\0`)),
        padded(Buffer.from(data)),
      ]);
    },
  );
  return Buffer.concat(all);
}

/** What an archive must have at least; a test puts its own in place of one or adds some. */
export function members(
  changed: Readonly<Record<string, string | Buffer | undefined>>,
): TarMember[] {
  const usual = {
    'manifest.xml': manifest(),
    kernel: 'kernel',
    'initrd-statelite.gz': 'initramfs',
    'rootimgtree.gz': tree(directory('rootimg'), directory('rootimg/etc')),
    'litefile.csv': '',
  };
  return Object.entries({ ...usual, ...changed }).flatMap(([name, data]) =>
    data === undefined ? [] : [{ header: { name: `img/${name}` }, data }],
  );
}

/** Writes a .tgz of these members, cut off behind `bytes` if that is given. */
export async function writeArchive(
  path: string,
  all: readonly TarMember[],
  bytes = Infinity,
): Promise<void> {
  const archive = pack();
  for (const { header, data } of all) archive.entry(header, data ?? '');
  archive.finalize();
  const packed = gzipSync(await buffer(Readable.from(archive)));
  writeFileSync(path, packed.subarray(0, bytes));
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
