import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Replaces a file by what `write` puts into the handle it gets: written beside, flushed, renamed,
 * the directory flushed. If `write` fails, the old file is still there and nothing is left behind.
 */
export async function replaceByStream(
  file: string,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const directory = dirname(file);
  const beside = join(directory, `.${basename(file)}.${process.pid}.new`);
  try {
    {
      await using handle = await open(beside, 'w', 0o644);
      await write(handle);
      await handle.sync();
    }
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await using handle = await open(directory);
  await handle.sync();
}
