import { lstatSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Milliseconds: no command writes for so long. */
const longest = 3_600_000;

let writes = 0;

/**
 * Where what will be at a path is made, for one writing: a name in the same directory that no other
 * writing uses, and no loader asks for.
 */
export function besideNames(): (path: string) => string {
  const end = `${process.pid}-${(writes += 1)}.new`;
  return (path) => join(dirname(path), `.${basename(path)}.${end}`);
}

/** Of the names in a directory, those that a writing that was killed has left there. */
export function leftBeside(directory: string, names: Iterable<string>): string[] {
  const before = Date.now() - longest;
  return [...names]
    .filter((name) => /^\..+\.\d+-\d+\.new$/u.test(name))
    .map((name) => join(directory, name))
    .filter((path) => {
      const stats = lstatSync(path, { throwIfNoEntry: false });
      return stats !== undefined && stats.mtimeMs < before;
    });
}
