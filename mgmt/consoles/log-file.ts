import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { hasCode } from '../../agent/errors.ts';

/** What a console has printed, on disk. */
export interface ConsoleLog {
  /** Adds bytes as they are. What cannot be written is told once, and does not disturb the console. */
  readonly write: (bytes: Uint8Array) => void;
  /** The last bytes that were written, at most so many. */
  readonly tail: (bytes: number) => Buffer;
  readonly close: () => void;
}

/** A file has at most 4 MiB, and four older ones stay: `.1` is the newest of them. */
const usual = { size: 4 * 1024 * 1024, older: 4 };

/**
 * Opens `path` to be added to. Only root may read it: people type passwords at consoles. Written
 * synchronously, so that what a node said before it died is there and in order.
 */
export function openConsoleLog(
  path: string,
  warn: (message: string) => void,
  { size, older } = usual,
): ConsoleLog {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let file = openSync(path, 'a+', 0o600);
  let length = fstatSync(file).size;
  let isFull = false;
  const rotate = () => {
    closeSync(file);
    for (let number = older; number > 0; number -= 1) {
      moveIfThere(number === 1 ? path : `${path}.${number - 1}`, `${path}.${number}`);
    }
    file = openSync(path, 'a+', 0o600);
    length = fstatSync(file).size;
  };
  return {
    write(bytes) {
      try {
        if (length > 0 && length + bytes.length > size) rotate();
        length += writeSync(file, bytes);
        isFull = false;
      } catch (error) {
        if (!hasCode(error, 'ENOSPC', 'EDQUOT', 'EIO', 'EROFS')) throw error;
        if (!isFull) warn(`${path} cannot be written: ${error.message}`);
        isFull = true;
      }
    },
    tail(bytes) {
      const wanted = Buffer.alloc(Math.min(bytes, length));
      const read = readSync(file, wanted, 0, wanted.length, length - wanted.length);
      return wanted.subarray(0, read);
    },
    close: () => closeSync(file),
  };
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}
