import type { Member, Part } from '../../agent/files/archive.ts';

type Read = (chunks: AsyncIterable<Buffer>) => AsyncIterable<Part>;

/** A member and its data as text. */
export interface ReadMember {
  readonly member: Member;
  readonly data: string;
}

/** The members of an archive that comes in pieces of so many bytes. */
export async function readInPieces(
  read: Read,
  archive: Buffer,
  size: number,
): Promise<ReadMember[]> {
  const members: { member: Member; data: string }[] = [];
  for await (const part of read(pieces(archive, size))) {
    if (!Buffer.isBuffer(part)) members.push({ member: part, data: '' });
    else {
      const last = members.at(-1);
      if (last !== undefined) last.data += part.toString('latin1');
    }
  }
  return members;
}

export async function readAll(read: Read, archive: Buffer): Promise<ReadMember[]> {
  return readInPieces(read, archive, 4096);
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
