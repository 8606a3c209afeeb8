import { ArchiveError } from './archive.ts';

/** Bytes that come in pieces, to be read in others. */
export interface ByteSource {
  /** Bytes read so far. */
  readonly position: number;
  /** The next `count` bytes. Throws ArchiveError if there are fewer. */
  exactly(count: number): Promise<Buffer>;
  /** The next `count` bytes, in whatever pieces they come. Throws as `exactly` does. */
  pieces(count: number): AsyncGenerator<Buffer>;
  /** Reads to the end, and forgets it. */
  drain(): Promise<void>;
}

export function byteSource(chunks: AsyncIterable<Buffer>): ByteSource {
  const iterator = chunks[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  let position = 0;
  const refill = async (): Promise<void> => {
    while (held.length === 0) {
      const next = await iterator.next();
      if (next.done === true) throw new ArchiveError(`it ends after ${position} bytes`);
      held = next.value;
    }
  };
  /** Up to `most` of what is held. */
  const taken = (most: number): Buffer => {
    const piece = held.subarray(0, most);
    held = held.subarray(piece.length);
    position += piece.length;
    return piece;
  };
  return {
    get position() {
      return position;
    },
    exactly: async (count) => {
      if (held.length >= count) return taken(count);
      const pieces: Buffer[] = [];
      for (let left = count; left > 0;) {
        await refill();
        const piece = taken(left);
        pieces.push(piece);
        left -= piece.length;
      }
      return Buffer.concat(pieces);
    },
    pieces: async function* (count) {
      for (let left = count; left > 0;) {
        await refill();
        const piece = taken(left);
        left -= piece.length;
        yield piece;
      }
    },
    drain: async () => {
      for (;;) {
        position += held.length;
        held = Buffer.alloc(0);
        const next = await iterator.next();
        if (next.done === true) return;
        held = next.value;
      }
    },
  };
}
