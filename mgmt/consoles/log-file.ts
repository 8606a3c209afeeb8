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
  let file: number | undefined;
  let length = 0;
  let isFull = false;
  const open = (): number => {
    file = openSync(path, 'a+', 0o600);
    length = fstatSync(file).size;
    return file;
  };
  const close = () => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  const rotate = () => {
    close();
    for (let number = older; number > 0; number -= 1) {
      moveIfThere(number === 1 ? path : `${path}.${number - 1}`, `${path}.${number}`);
    }
    length = 0; // or a disk that is full now would have older files moved with every write
  };
  const attempt = (work: () => void) => {
    try {
      work();
      isFull = false;
    } catch (error) {
      if (!hasCode(error, 'ENOSPC', 'EDQUOT', 'EIO', 'EROFS')) throw error;
      if (!isFull) warn(`${path} cannot be written: ${error.message}`);
      isFull = true;
    }
  };
  attempt(() => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    open();
  });
  return {
    write(bytes) {
      attempt(() => {
        if (length > 0 && length + bytes.length > size) rotate();
        // What could not be opened before may be by now.
        length += writeSync(file ?? open(), bytes);
      });
    },
    tail(bytes) {
      if (file === undefined) return Buffer.alloc(0);
      const wanted = Buffer.alloc(Math.min(bytes, length));
      const read = readSync(file, wanted, 0, wanted.length, length - wanted.length);
      return wanted.subarray(0, read);
    },
    close,
  };
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}
