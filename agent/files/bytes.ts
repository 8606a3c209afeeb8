import { constants } from 'node:os';

/**
 * File names are bytes, not text: code that copies whole trees handles them as byte strings, one
 * character (0-255) per byte, as the addon does.
 */
export type Bytes = string;

/** The bytes of a text's UTF-8 form. */
export function bytesOf(text: string): Bytes {
  return Buffer.from(text).toString('latin1');
}

/** What node:fs takes for such a path. */
export function fsPath(bytes: Bytes): Buffer {
  return Buffer.from(bytes, 'latin1');
}

/** Text for messages. */
export function textOf(bytes: Bytes): string {
  return Buffer.from(bytes, 'latin1').toString();
}

/** Every directory above one of the paths, but `/`. */
export function directoriesAbove(paths: Iterable<Bytes>): Set<Bytes> {
  const above = new Set<Bytes>();
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      above.add(path.slice(0, end));
    }
  }
  return above;
}

const names = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]));

/** The name of an errno. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `errno ${errno}`;
}

/** Turns an addon's negative result into an error like those of node:fs; passes others through. */
export function checked(result: number, what: string): number {
  if (result >= 0) return result;
  const code = errnoName(-result);
  throw Object.assign(new Error(`${code}: ${what}`), { code, errno: result });
}
