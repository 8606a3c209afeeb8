import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { StateliteError } from '../../../agent/errors.ts';
import { fsPath } from '../../../agent/files/bytes.ts';
import { type Member, nameOf } from './member.ts';

const chunkSize = 1 << 20;

/**
 * The bytes of a file, as many as the member has. Throws ERR_STATELITE_IMAGE if it was changed since
 * it was looked at.
 */
export async function* contentOf(member: Member): AsyncGenerator<Buffer> {
  const { source, size } = member;
  if (size === 0) return;
  if ('data' in source) {
    yield source.data;
    return;
  }
  // Whatever took its place meanwhile: neither a link is followed nor a FIFO waited for.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  await using handle = await open(fsPath(source.place), flags);
  const stats = await handle.stat();
  if (!stats.isFile() || stats.size !== size) throw changed(member);
  for (let at = 0; at < size;) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkSize, size - at));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) throw changed(member);
    yield chunk.subarray(0, bytesRead);
    at += bytesRead;
  }
}

function changed(member: Member): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_IMAGE',
    `${nameOf(member)} changed while it was packed`,
    {
      hint: 'see that nothing writes to the image, and pack it again',
    },
  );
}
