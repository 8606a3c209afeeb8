import { randomInt } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Milliseconds: no command writes for so long. */
const longest = 3_600_000;

const pattern = /^\.(?<name>.+)\.\d+-\d+\.new$/u;

/** In a container each command may have the number of the one before. */
let writes = randomInt(2 ** 32);

/**
 * Where what will be at a path is made, for one writing: a name in the same directory that no other
 * writing uses, and no loader asks for.
 */
export function besideNames(): (path: string) => string {
  const end = `${process.pid}-${(writes += 1)}.new`;
  return (path) => join(dirname(path), `.${basename(path)}.${end}`);
}

/** The path that something beside it was made for; any other path is itself. */
export function placeOf(path: string): string {
  const name = pattern.exec(basename(path))?.groups?.['name'];
  return name === undefined ? path : join(dirname(path), name);
}

/** Of the names in a directory, those that a writing that was killed has left there. */
export function leftBeside(directory: string, names: Iterable<string>): string[] {
  const before = Date.now() - longest;
  return [...names]
    .filter((name) => pattern.test(name))
    .map((name) => join(directory, name))
    .filter((path) => {
      const stats = lstatSync(path, { throwIfNoEntry: false });
      return stats !== undefined && stats.mtimeMs < before;
    });
}
