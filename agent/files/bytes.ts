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

const names = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]));

/** Turns an addon's negative result into an error like those of node:fs; passes others through. */
export function checked(result: number, what: string): number {
  if (result >= 0) return result;
  const code = names.get(-result) ?? `errno ${-result}`;
  throw Object.assign(new Error(`${code}: ${what}`), { code, errno: result });
}
