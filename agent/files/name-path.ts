/**
 * Adds the path to an error of the file system that lacks it, as those of reading a directory as a
 * file and of writing to an open one do. Gives the error itself.
 */
export function namePath(error: unknown, path: string): unknown {
  const isNameless = error instanceof Error && 'syscall' in error && !('path' in error);
  return isNameless ? Object.assign(error, { path }) : error;
}
