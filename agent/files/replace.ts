import { open } from 'node:fs/promises';
import { putInPlace } from './beside.ts';
import { bytesOf, fsPath } from './bytes.ts';

/**
 * Replaces a file as a whole: written beside, flushed, renamed, the directory flushed. A machine
 * that loses power has the old content or the new.
 */
export async function replaceFile(
  file: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  await putInPlace(bytesOf(file), { durable: true }, async (beside) => {
    // `x`: a link that somebody planted there is not followed.
    await using handle = await open(fsPath(beside), 'wx', mode);
    await handle.writeFile(content);
    await handle.chmod(mode);
    await handle.sync();
  });
}
