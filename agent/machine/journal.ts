import {
  appendFileSync,
  closeSync,
  constants,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { createLogger, type Logger } from '../log.ts';

/** The agent's log: kmsg, the console where kmsg does not reach it, and statelite.log once there is one. */
export interface Journal {
  readonly log: Logger;
  /** From now on every line also goes to `file`, after all of this boot so far (semantics 5.8). */
  keepIn(file: string): void;
  /** The file is about to become unreachable; another may follow. */
  leaveFile(): void;
  /** So are the kernel's devices; what still has to be said goes to the console. */
  release(): void;
}

/** Where the kernel takes messages, and where it says what it does with them. */
export interface JournalPlaces {
  readonly kmsg: string;
  readonly control: string;
  /** A file descriptor. */
  readonly console: number;
}

const kernel: JournalPlaces = { kmsg: '/dev/kmsg', control: '/proc/sys/kernel', console: 2 };

/**
 * Records go to /dev/kmsg; synchronous, so that the last words of a failing boot are out. Errors and
 * warnings that the console's log level hides (`quiet`) are printed on the console as well, and so is
 * everything that the kernel does not take. A log that cannot be written never fails a boot.
 */
export function openJournal(debug: () => boolean, places = kernel): Journal {
  liftRateLimit(places.control);
  let kmsg = tried(() => openSync(places.kmsg, constants.O_WRONLY));
  const shown = consoleLevel(places.control);
  const lines: string[] = [];
  let file: string | undefined;
  const log = createLogger('statelite', (record) => {
    const level = Number(record[1]);
    if (level === 7 && !debug()) return;
    const isTold = kmsg !== undefined && writeRecord(kmsg, record);
    const isHidden = level <= 4 && level >= shown;
    if (!isTold || isHidden) writeRecord(places.console, record.slice('<N>'.length));
    const line = `${uptime()} ${record.slice('<N>statelite: '.length)}`;
    lines.push(line);
    if (file !== undefined) append(file, line);
  });
  return {
    log,
    keepIn: (path) => {
      file = path;
      append(path, lines.join(''));
    },
    leaveFile: () => (file = undefined),
    release: () => {
      file = undefined;
      if (kmsg !== undefined) closeSync(kmsg);
      kmsg = undefined;
    },
  };

  /** A full tmpfs ends the file, with a word about it where there is room. */
  function append(path: string, text: string): void {
    const isKept = tried(() => {
      appendFileSync(path, text);
      return true;
    });
    if (isKept) return;
    file = undefined;
    log.warn(`${path} takes no more lines`);
  }
}

/** Whether all of a record was taken; the kernel refuses one that is too long. */
function writeRecord(descriptor: number, record: string): boolean {
  return tried(() => writeSync(descriptor, record)) !== undefined;
}

/** The result, or undefined if the kernel said no, whatever its reason. */
function tried<Result>(write: () => Result): Result | undefined {
  try {
    return write();
  } catch (error) {
    if (error instanceof Error && 'errno' in error) return undefined;
    throw error;
  }
}

/** Seconds since the kernel started, as dmesg prints them. */
function uptime(): string {
  return `[${(Number(process.hrtime.bigint()) / 1e9).toFixed(3).padStart(9)}]`;
}

/**
 * The kernel drops user space's messages beyond ten in five seconds unless told otherwise. It takes
 * no other value if its command line has printk.devkmsg=.
 */
function liftRateLimit(control: string): void {
  tried(() => writeFileSync(join(control, 'printk_devkmsg'), 'on\n'));
}

/** The first number of printk: messages of this level and above stay off the console. */
function consoleLevel(control: string): number {
  const printk = tried(() => readFileSync(join(control, 'printk'), 'utf8')) ?? '';
  return Number(printk.trim().split(/\s+/u)[0]);
}
