import type { DynamicSection, ReadAt } from './elf.ts';

/** Versions of symbols (as `GLIBC_2.28`): a program starts only if its libraries have them all. */
export interface SymbolVersions {
  /** What is needed, by the library that is to have it. */
  readonly needed: readonly { readonly library: string; readonly version: string }[];
  readonly defined: readonly string[];
}

/** Dynamic tags, and a flag of what is not there in earnest (VER_FLG_WEAK). */
const dtVerdef = 0x6ffffffc;
const dtVerneed = 0x6ffffffe;
const weak = 2;

/** No library has as much of either; a damaged one must not take minutes. */
const most = 256 * 1024;
const mostRecords = 1000;

/** Both tables of a dynamic section; they are chains of records, each with the distance to the next. */
export async function readSymbolVersions(
  read: ReadAt,
  { offsetOf, text }: DynamicSection,
): Promise<SymbolVersions> {
  const at = async (tag: number) => {
    const offset = offsetOf(tag);
    return offset === undefined ? undefined : read(offset, most);
  };
  const [needs, definitions] = [await at(dtVerneed), await at(dtVerdef)];
  return {
    needed: chain(needs, 0, 12).flatMap(({ record, from }) => {
      const library = text(record.readUInt32LE(4));
      return chain(needs, from + record.readUInt32LE(8), 12)
        .filter((one) => (one.record.readUInt16LE(4) & weak) === 0)
        .map((one) => ({ library, version: text(one.record.readUInt32LE(8)) }));
    }),
    defined: chain(definitions, 0, 16).map(({ record, from }) => {
      const [name] = chain(definitions, from + record.readUInt32LE(12), 4);
      return text(name?.record.readUInt32LE(0) ?? 0);
    }),
  };
}

/** Records of a table from an offset on; the distance to the next stands at `next`, 0 in the last. */
function chain(table: Buffer | undefined, start: number, next: number) {
  const found: { record: Buffer; from: number }[] = [];
  if (table === undefined) return found;
  for (let from = start, distance = 1; distance !== 0; from += distance) {
    if (from + next + 4 > table.length) throw new Error('the ELF file is cut short');
    if (found.length === mostRecords) throw new Error('the ELF versions are damaged');
    const record = table.subarray(from);
    found.push({ record, from });
    distance = record.readUInt32LE(next);
  }
  return found;
}
