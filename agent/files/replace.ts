import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bytesOf } from './bytes.ts';
import { flush } from './copy.ts';

/**
 * Replaces a file as a whole: written beside, flushed, renamed, the directory flushed. A machine
 * that loses power has the old content or the new.
 */
export async function replaceFile(
  file: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  const beside = `${file}.new`;
  {
    await using handle = await open(beside, 'w', mode);
    await handle.writeFile(content);
    await handle.chmod(mode);
    await handle.sync();
  }
  await rename(beside, file);
  await flush(bytesOf(dirname(file)));
}
