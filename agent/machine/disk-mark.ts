/**
 * What the agent writes on a disk that it divides, between the table and the first partition. It
 * tells a boot that was cut off from one that was done, and which disk was meant when the kernel
 * numbers disks in another order.
 */
export interface DiskMark {
  /** `making` until every file system is there. */
  readonly state: 'making' | 'made';
  /** `dev=` as it was written. */
  readonly dev: string;
  /** The id of the table it was made with, hexadecimal. */
  readonly table: string;
  /** The boot that made it. */
  readonly boot: string;
}

/** Behind the entries of a GPT, also with sectors of 4 KiB, and long before the first partition. */
export const markOffset = 32 * 1024;
export const markBytes = 4096;

const magic = 'statelite disk 1\n';

/** The bytes for `markOffset`. */
export function renderMark(mark: DiskMark): Buffer {
  const bytes = Buffer.alloc(markBytes);
  bytes.write(`${magic}${JSON.stringify(mark)}\n`);
  return bytes;
}

/** Reads a mark; undefined for anything that is not wholly one. */
export function parseMark(bytes: Buffer): DiskMark | undefined {
  const text = bytes.toString('utf8', 0, markBytes);
  if (!text.startsWith(magic)) return undefined;
  const value = jsonOf(text.slice(magic.length).replace(/\0+$/u, ''));
  if (typeof value !== 'object' || value === null) return undefined;
  const { state, dev, table, boot } = Object.fromEntries(Object.entries(value));
  if (state !== 'making' && state !== 'made') return undefined;
  if (typeof dev !== 'string' || typeof table !== 'string' || typeof boot !== 'string') {
    return undefined;
  }
  return { state, dev, table, boot };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // A write that was cut off; the disk says the rest.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
