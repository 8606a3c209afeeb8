import { StateliteError } from '../../agent/errors.ts';
import type { ConsoleAccess } from '../power/access.ts';
import type { ConsoleLog } from './log-file.ts';
import { openSource, type Source } from './source.ts';

/** Somebody who looks at a console. */
export interface Reader {
  readonly show: (bytes: Uint8Array) => void;
  /** Tells him what became of the right to write. */
  readonly told: (news: 'taken over' | 'free') => void;
}

/** The console of one node: recorded, shown to any number of readers, written to by one. */
export interface Line {
  readonly readers: ReadonlySet<Reader>;
  readonly writer: Reader | undefined;
  readonly add: (reader: Reader) => void;
  readonly remove: (reader: Reader) => void;
  /**
   * Whether the reader may write from now on: nobody does, or `force` takes it from who does. A console
   * that is down is opened for him at once, and taken from whoever has it elsewhere.
   */
  readonly take: (reader: Reader, how: 'if free' | 'force') => boolean;
  readonly giveUp: (reader: Reader) => void;
  /** Ignored, unless the reader is the one who writes. */
  readonly type: (reader: Reader, bytes: Uint8Array) => void;
  readonly replay: (bytes: number) => Buffer;
  readonly close: () => void;
}

/** One time that a console is opened, until it ends. */
interface Attempt {
  readonly takeOver: boolean;
  isUp: boolean;
}

/** Milliseconds before a console that ended is opened again; each time in vain doubles it. */
const again = { first: 1000, most: 30_000 };

/**
 * Opens a console and keeps it open until it is closed: one that ends, or cannot be opened, is tried
 * again, where `access` says it is then. The log has a line for each of these, and so have the readers.
 */
export function openLine(
  access: () => Promise<ConsoleAccess>,
  log: ConsoleLog,
  { first, most } = again,
): Line {
  const readers = new Set<Reader>();
  let writer: Reader | undefined;
  let source: Source | undefined;
  let attempt: Attempt | undefined;
  let timer: NodeJS.Timeout | undefined;
  let wait = first;
  let isClosed = false;
  let lastNote = '';

  const show = (bytes: Uint8Array) => {
    log.write(bytes);
    for (const { show: to } of readers) to(bytes);
  };
  const note = (text: string) => {
    // A node that is off for a week must not fill the log with a line every 30 s.
    if (text === lastNote) return;
    lastNote = text;
    show(Buffer.from(`\r\n[-- ${text} -- ${new Date().toISOString()}]\r\n`));
  };
  // Who loses the console to somebody else does not take it back by himself: that would go on forever.
  const open = async (takeOver: boolean): Promise<void> => {
    const openedAt = Date.now();
    const mine: Attempt = { takeOver, isUp: false };
    attempt = mine;
    const isOver = () => isClosed || attempt !== mine;
    const ended = (why: string) => {
      if (isOver()) return;
      attempt = undefined;
      source = undefined;
      if (Date.now() - openedAt > most) wait = first;
      note(`Console down: ${why}`);
      timer = setTimeout(() => void open(false), wait);
      wait = Math.min(2 * wait, most);
    };
    const place = await placeNow(access);
    if (isOver()) return;
    if (typeof place === 'string') return ended(place);
    source = openSource(place, takeOver, {
      opened: () => {
        if (isOver()) return;
        mine.isUp = true;
        note('Console up');
      },
      data: (bytes) => {
        if (!isOver()) show(bytes);
      },
      ended,
    });
  };
  /** A session that was cut may be active at the controller still, and keeps us out until it is ended. */
  const reopen = () => {
    if (attempt?.isUp || attempt?.takeOver) return;
    clearTimeout(timer);
    source?.close();
    source = undefined;
    wait = first;
    lastNote = ''; // who asks is told why not, also if it is what it was
    void open(true);
  };
  const giveUp = (reader: Reader) => {
    if (writer !== reader) return;
    writer = undefined;
    for (const other of readers) if (other !== reader) other.told('free');
  };
  void open(true);
  return {
    readers,
    get writer() {
      return writer;
    },
    add: (reader) => void readers.add(reader),
    remove(reader) {
      readers.delete(reader);
      giveUp(reader);
    },
    take(reader, how) {
      if (writer !== undefined && writer !== reader && how === 'if free') return false;
      const before = writer;
      writer = reader;
      if (before !== reader) before?.told('taken over');
      reopen();
      return true;
    },
    giveUp,
    type(reader, bytes) {
      if (reader === writer) source?.write(bytes);
    },
    replay: log.tail,
    close() {
      isClosed = true;
      clearTimeout(timer);
      source?.close();
      log.close();
    },
  };
}

/** Or why there is none. */
async function placeNow(access: () => Promise<ConsoleAccess>): Promise<ConsoleAccess | string> {
  try {
    return await access();
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    return error.message;
  }
}
