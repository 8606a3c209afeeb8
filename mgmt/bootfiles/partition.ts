import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { hasCode } from '../../agent/errors.ts';
import type { Sourced } from './sourced.ts';

/** Descriptions of a disk have some ten lines; of a longer file only this much is looked at. */
const mostBytes = 64 * 1024;

/**
 * Whether nodes of an image are to divide their local disk (reference 5.3): its
 * linuximage.partitionfile is `s:` and a script, or a description that says `enable=yes`. A file
 * that cannot be read is as none, as in stock; the daemon tells it to a node that asks all the same.
 */
export async function partitions({ text }: Sourced): Promise<boolean> {
  const written = text.trim();
  const path = written.replace(/^s:\s*/u, '');
  const content = path.startsWith('/') ? await contentOf(path) : undefined;
  if (content === undefined) return false;
  return path !== written || /^[^#\n]*\benable\s*=\s*yes\b/mu.test(content);
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    // Opening a FIFO without O_NONBLOCK would wait for a writer.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(mostBytes), 0, mostBytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENXIO', 'ENAMETOOLONG')) {
      return undefined;
    }
    throw error;
  }
}
