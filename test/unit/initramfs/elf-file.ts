/** A 64-bit little-endian ELF file made of parts, for tests of what reads one. */
export interface ElfParts {
  readonly machine?: number;
  readonly interpreter?: string;
  readonly needed?: readonly string[];
  /** Versions of symbols it needs, by library, and those it has. */
  readonly wants?: Readonly<Record<string, readonly string[]>>;
  readonly defines?: readonly string[];
  readonly sections?: Readonly<Record<string, string>>;
}

const headerSize = 64;
const segmentSize = 56;
const sectionSize = 64;
/** Addresses differ from offsets, as in a real program. */
const base = 0x400000;

export function elfFile({
  machine = 62,
  interpreter,
  needed,
  wants = {},
  defines = [],
  sections = {},
}: ElfParts): Buffer {
  const parts: Buffer[] = [];
  let end = headerSize + 3 * segmentSize;
  const put = (part: Buffer): { offset: number; size: number } => {
    parts.push(part);
    end += part.length;
    return { offset: end - part.length, size: part.length };
  };
  const segments: { type: number; offset: number; size: number }[] = [];
  if (interpreter !== undefined)
    segments.push({ type: 3, ...put(Buffer.from(`${interpreter}\0`)) });
  if (needed !== undefined) {
    const words = [...needed, ...Object.entries(wants).flat(2), ...defines];
    const strings = Buffer.from(`\0${words.map((name) => `${name}\0`).join('')}`);
    const at = (name: string) => strings.indexOf(`\0${name}\0`) + 1;
    const { offset, size } = put(strings);
    const names = needed.map((name) => [1, at(name)]);
    const tags = [...names, [5, base + offset], [10, size]];
    if (Object.keys(wants).length > 0) {
      tags.push([0x6ffffffe, base + put(wantedVersions(wants, at)).offset]);
    }
    if (defines.length > 0) {
      tags.push([0x6ffffffc, base + put(definedVersions(defines, at)).offset]);
    }
    tags.push([0, 0]);
    segments.push({ type: 2, ...put(numbers(tags.flat())) });
    segments.push({ type: 1, offset: 0, size: end });
  }
  const header = Buffer.alloc(headerSize);
  header.write('\u007FELF\u0002\u0001', 'latin1');
  header.writeUInt16LE(machine, 18);
  header.writeBigUInt64LE(BigInt(headerSize), 32);
  header.writeUInt16LE(segmentSize, 54);
  header.writeUInt16LE(segments.length, 56);

  const names = Buffer.from(`\0${Object.keys(sections).join('\0')}\0.shstrtab\0`);
  const table = Object.entries({ ...sections, '.shstrtab': names }).map(([name, content]) => {
    const { offset, size } = put(Buffer.from(content));
    const entry = Buffer.alloc(sectionSize);
    entry.writeUInt32LE(names.indexOf(`\0${name}\0`) + 1, 0);
    entry.writeBigUInt64LE(BigInt(offset), 24);
    entry.writeBigUInt64LE(BigInt(size), 32);
    return entry;
  });
  header.writeBigUInt64LE(BigInt(end), 40);
  header.writeUInt16LE(sectionSize, 58);
  header.writeUInt16LE(table.length, 60);
  header.writeUInt16LE(table.length - 1, 62);

  const programHeaders = Buffer.alloc(3 * segmentSize);
  segments.forEach(({ type, offset, size }, index) => {
    const at = index * segmentSize;
    programHeaders.writeUInt32LE(type, at);
    programHeaders.writeBigUInt64LE(BigInt(offset), at + 8);
    programHeaders.writeBigUInt64LE(BigInt(base + offset), at + 16);
    programHeaders.writeBigUInt64LE(BigInt(size), at + 32);
  });
  return Buffer.concat([header, programHeaders, ...parts, ...table]);
}

function numbers(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  values.forEach((value, index) => bytes.writeBigUInt64LE(BigInt(value), index * 8));
  return bytes;
}

/** Verneed and Vernaux of elf(5). */
function wantedVersions(
  wants: NonNullable<ElfParts['wants']>,
  at: (name: string) => number,
): Buffer {
  const libraries = Object.entries(wants);
  return Buffer.concat(
    libraries.flatMap(([library, versions], index) => {
      const head = Buffer.alloc(16);
      head.writeUInt32LE(at(library), 4);
      head.writeUInt32LE(16, 8);
      head.writeUInt32LE(index === libraries.length - 1 ? 0 : 16 + 16 * versions.length, 12);
      const each = versions.map((version, place) => {
        const record = Buffer.alloc(16);
        record.writeUInt32LE(at(version), 8);
        record.writeUInt32LE(place === versions.length - 1 ? 0 : 16, 12);
        return record;
      });
      return [head, ...each];
    }),
  );
}

/** Verdef and Verdaux. */
function definedVersions(defines: readonly string[], at: (name: string) => number): Buffer {
  return Buffer.concat(
    defines.map((version, index) => {
      const record = Buffer.alloc(28);
      record.writeUInt32LE(20, 12);
      record.writeUInt32LE(index === defines.length - 1 ? 0 : 28, 16);
      record.writeUInt32LE(at(version), 20);
      return record;
    }),
  );
}
