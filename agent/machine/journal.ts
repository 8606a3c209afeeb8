import {
  appendFileSync,
  closeSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createLogger, type Logger } from '../log.ts';

/** The agent's log: kmsg, the console where kmsg does not reach it, and statelite.log once there is one. */
export interface Journal {
  readonly log: Logger;
  /** From now on every line also goes to `file`, after those so far (semantics 5.8). */
  keepIn(file: string): void;
  /** The file is about to become unreachable. */
  release(): void;
}

/**
 * Records go to /dev/kmsg; synchronous, so that the last words of a failing boot are out. Errors and
 * warnings that the console's log level hides (`quiet`) are printed on the console as well.
 */
export function openJournal(debug: () => boolean): Journal {
  liftRateLimit();
  const kmsg = openSync('/dev/kmsg', 'w');
  const shown = consoleLevel();
  const lines: string[] = [];
  let file: string | undefined;
  const log = createLogger('statelite', (record) => {
    const level = Number(record[1]);
    if (level === 7 && !debug()) return;
    writeSync(kmsg, record);
    if (level <= 4 && level >= shown) writeSync(2, record.slice(3));
    const line = `${uptime()} ${record.slice('<N>statelite: '.length)}`;
    if (file === undefined) lines.push(line);
    else appendFileSync(file, line);
  });
  return {
    log,
    keepIn: (path) => {
      writeFileSync(path, lines.join(''));
      file = path;
    },
    release: () => {
      file = undefined;
      closeSync(kmsg);
    },
  };
}

/** Seconds since the kernel started, as dmesg prints them. */
function uptime(): string {
  return `[${(Number(process.hrtime.bigint()) / 1e9).toFixed(3).padStart(9)}]`;
}

/** The kernel drops user space's messages beyond ten in five seconds unless told otherwise. */
function liftRateLimit(): void {
  writeFileSync('/proc/sys/kernel/printk_devkmsg', 'on\n');
}

/** The first number of printk: messages of this level and above stay off the console. */
function consoleLevel(): number {
  return Number(readFileSync('/proc/sys/kernel/printk', 'utf8').trim().split(/\s+/u)[0]);
}
