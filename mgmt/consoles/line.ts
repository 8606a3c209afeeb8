import type { ConsoleAccess } from '../power/access.ts';
import type { ConsoleLog } from './log-file.ts';
import { openSource, type Source } from './source.ts';

/** Somebody who looks at a console. */
export interface Reader {
  readonly show: (bytes: Uint8Array) => void;
}

/** The console of one node: recorded, shown to any number of readers, written to by one. */
export interface Line {
  readonly readers: ReadonlySet<Reader>;
  readonly writer: Reader | undefined;
  readonly add: (reader: Reader) => void;
  readonly remove: (reader: Reader) => void;
  /** Whether the reader may write from now on: nobody does, or `force` takes it from who does. */
  readonly take: (reader: Reader, how: 'if free' | 'force') => boolean;
  readonly giveUp: (reader: Reader) => void;
  /** Ignored, unless the reader is the one who writes. */
  readonly type: (reader: Reader, bytes: Uint8Array) => void;
  readonly replay: (bytes: number) => Buffer;
  readonly close: () => void;
}

/** Milliseconds before a console that ended is opened again; each time in vain doubles it. */
const again = { first: 1000, most: 30_000 };

/**
 * Opens a console and keeps it open until it is closed: one that ends, or cannot be opened, is tried
 * again. The log has a line for each of these, and so have the readers.
 */
export function openLine(access: ConsoleAccess, log: ConsoleLog, { first, most } = again): Line {
  const readers = new Set<Reader>();
  let writer: Reader | undefined;
  let source: Source | undefined;
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
  const open = () => {
    const openedAt = Date.now();
    source = openSource(access, {
      opened: () => {
        if (!isClosed) note('Console up');
      },
      data: (bytes) => {
        if (!isClosed) show(bytes);
      },
      ended: (why) => {
        source = undefined;
        if (isClosed) return;
        if (Date.now() - openedAt > most) wait = first;
        note(`Console down: ${why}`);
        timer = setTimeout(open, wait);
        wait = Math.min(2 * wait, most);
      },
    });
  };
  open();
  return {
    readers,
    get writer() {
      return writer;
    },
    add: (reader) => void readers.add(reader),
    remove(reader) {
      readers.delete(reader);
      if (writer === reader) writer = undefined;
    },
    take(reader, how) {
      if (how === 'force' || writer === undefined) writer = reader;
      return writer === reader;
    },
    giveUp(reader) {
      if (writer === reader) writer = undefined;
    },
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
