import type { Native } from '../native/load.ts';
import { type Bytes, bytesOf, errnoName, textOf } from './bytes.ts';
import { FileFault } from './fault.ts';

/**
 * The texts of several files, in one trip into the thread pool; undefined for those that are not
 * there. Throws a FileFault for the first that is no regular file or cannot be read.
 */
export async function readTexts(
  calls: Pick<Native, 'readFiles'>,
  files: readonly string[],
): Promise<(string | undefined)[]> {
  if (files.length === 0) return [];
  const answer = await calls.readFiles(bytesOf(files.join('\0')));
  let at = 0;
  return files.map((file) => {
    const start = answer.indexOf(' ', at) + 1;
    const size = Number(answer.slice(at, start));
    at = start + Math.max(size, 0);
    return size < 0 ? missing(-size, bytesOf(file)) : textOf(answer.slice(start, at));
  });
}

function missing(errno: number, file: Bytes): undefined {
  if (!['ENOENT', 'ENOTDIR'].includes(errnoName(errno)))
    throw new FileFault(errno, 'reading', file);
}
