import { readSymbolVersions, type SymbolVersions } from './elf-versions.ts';

/** Reads `length` bytes of a file at `offset`; fewer come at its end. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>;

/** What the dynamic linker reads of a program or a library. */
export interface DynamicLinking {
  /** e_machine: a library of another machine is passed over, as by ld.so. */
  readonly machine: number;
  /** The dynamic linker's path (PT_INTERP); undefined for a library and for a static program. */
  readonly interpreter: string | undefined;
  /** Names of the libraries it needs (DT_NEEDED), as written. */
  readonly needed: readonly string[];
  readonly versions: SymbolVersions;
}

/** What the tags of a dynamic section lead to. */
export interface DynamicSection {
  /** Where in the file the address of a tag is; undefined if there is no such tag. */
  readonly offsetOf: (tag: number) => number | undefined;
  /** A name of the string table. */
  readonly text: (offset: number) => string;
}

/** elf(5): program header types, dynamic tags. */
const ptLoad = 1;
const ptDynamic = 2;
const ptInterp = 3;
const dtNeeded = 1;
const dtStrtab = 5;
const dtStrsz = 10;

/** No table of a sane file comes near; a damaged one must not eat the memory. */
const largestTable = 64 * 1024 * 1024;

/** What the file wants from the dynamic linker; undefined unless it is 64-bit little-endian ELF. */
export async function readDynamicLinking(read: ReadAt): Promise<DynamicLinking | undefined> {
  const header = await readHeader(read);
  if (header === undefined) return undefined;
  const segments = await table(read, header, 32, 54, 56);
  const found = segments.map((segment) => ({
    type: segment.readUInt32LE(0),
    offset: number(segment, 8),
    address: number(segment, 16),
    size: number(segment, 32),
  }));
  const interp = found.find(({ type }) => type === ptInterp);
  const dynamic = found.find(({ type }) => type === ptDynamic);
  const machine = header.readUInt16LE(18);
  const interpreter = interp && textAt(await bytes(read, interp.offset, interp.size), 0);
  if (dynamic === undefined) {
    return { machine, interpreter, needed: [], versions: { needed: [], defined: [] } };
  }

  const tags = split(await bytes(read, dynamic.offset, dynamic.size), 16);
  const value = (tag: number) => {
    const entry = tags.find((one) => number(one, 0) === tag);
    return entry === undefined ? undefined : number(entry, 8);
  };
  const offsetOf = (tag: number) => {
    const address = value(tag);
    const home = found.find(
      (one) =>
        one.type === ptLoad &&
        address !== undefined &&
        address >= one.address &&
        address < one.address + one.size,
    );
    return home === undefined || address === undefined
      ? undefined
      : home.offset + address - home.address;
  };
  const place = offsetOf(dtStrtab);
  if (place === undefined) throw new Error('the ELF string table is in no segment');
  const strings = await bytes(read, place, value(dtStrsz) ?? 0);
  const text = (offset: number) => textAt(strings, offset);
  return {
    machine,
    interpreter,
    needed: tags.filter((tag) => number(tag, 0) === dtNeeded).map((tag) => text(number(tag, 8))),
    versions: await readSymbolVersions(read, { offsetOf, text }),
  };
}

/** The content of the section with this name; undefined if there is none, or no ELF. */
export async function readSection(read: ReadAt, name: string): Promise<Buffer | undefined> {
  const header = await readHeader(read);
  if (header === undefined) return undefined;
  const sections = await table(read, header, 40, 58, 60);
  const content = async (section: Buffer) => bytes(read, number(section, 24), number(section, 32));
  const names = sections[header.readUInt16LE(62)];
  if (names === undefined) return undefined;
  const strings = await content(names);
  const found = sections.find((section) => textAt(strings, section.readUInt32LE(0)) === name);
  return found === undefined ? undefined : content(found);
}

async function readHeader(read: ReadAt): Promise<Buffer | undefined> {
  const header = await read(0, 64);
  const is64BitLittleEndian = header.subarray(0, 6).equals(Buffer.from('\u007FELF\u0002\u0001'));
  return header.length === 64 && is64BitLittleEndian ? header : undefined;
}

/** The program or section headers; the fields of the header that say where they are. */
async function table(
  read: ReadAt,
  header: Buffer,
  offsetAt: number,
  sizeAt: number,
  countAt: number,
): Promise<Buffer[]> {
  const size = header.readUInt16LE(sizeAt);
  const count = header.readUInt16LE(countAt);
  if (count === 0) return [];
  if (size < 56) throw new Error('the ELF header is damaged');
  return split(await bytes(read, number(header, offsetAt), size * count), size);
}

async function bytes(read: ReadAt, offset: number, length: number): Promise<Buffer> {
  if (length > largestTable) throw new Error('the ELF headers are damaged');
  const found = await read(offset, length);
  if (found.length < length) throw new Error('the ELF file is cut short');
  return found;
}

function split(buffer: Buffer, size: number): Buffer[] {
  const count = Math.floor(buffer.length / size);
  return Array.from({ length: count }, (_, index) =>
    buffer.subarray(index * size, index * size + size),
  );
}

function number(buffer: Buffer, offset: number): number {
  return Number(buffer.readBigUInt64LE(offset));
}

function textAt(buffer: Buffer, offset: number): string {
  const end = buffer.indexOf(0, offset);
  if (offset >= buffer.length || end === -1) throw new Error('an ELF string is cut short');
  return buffer.toString('utf8', offset, end);
}
