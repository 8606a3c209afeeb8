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
import { isSystemError } from '../system-error.ts';

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
  let isFailing = false;
  const open = (): number => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    file = openSync(path, 'a+', 0o600);
    length = fstatSync(file).size;
    return file;
  };
  const close = () => {
    const old = file;
    file = undefined;
    if (old !== undefined) closeSync(old);
  };
  const rotate = () => {
    close();
    for (let number = older; number > 0; number -= 1) {
      moveIfThere(number === 1 ? path : `${path}.${number - 1}`, `${path}.${number}`);
    }
    length = 0; // or a disk that is full now would have older files moved with every write
  };
  // Somebody removes or empties a log to have place on the disk: it must not grow where nobody sees it.
  const lookAgain = (old: number) => {
    const { nlink, size: now } = fstatSync(old);
    length = nlink === 0 ? 0 : now;
    if (nlink === 0) close();
  };
  // Whatever one log cannot, the consoles of all nodes go on.
  const attempt = (what: string, work: () => void): boolean => {
    try {
      work();
      return true;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (!isFailing) warn(`${path} cannot be ${what}: ${error.message}`);
      isFailing = true;
      return false;
    }
  };
  attempt('written', open);
  return {
    write(bytes) {
      const isWritten = attempt('written', () => {
        if (file !== undefined) lookAgain(file);
        if (length > 0 && length + bytes.length > size) rotate();
        // What could not be opened before may be by now.
        length += writeSync(file ?? open(), bytes);
      });
      if (isWritten) isFailing = false;
      else attempt('closed', close); // a file that is stale is another one when it is opened again
    },
    tail(bytes) {
      let last = Buffer.alloc(0);
      attempt('read', () => {
        const from = file ?? open();
        const { size: now } = fstatSync(from);
        const wanted = Buffer.alloc(Math.min(bytes, now));
        const read = readSync(from, wanted, 0, wanted.length, now - wanted.length);
        last = wanted.subarray(0, read);
      });
      return last;
    },
    close: () => void attempt('closed', close),
  };
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}
