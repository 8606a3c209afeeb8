import { closeSync, openSync, writeSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { StateliteError } from '../agent/errors.ts';
import type { Duration, Patience } from './patience.ts';
import { lastLines } from './report.ts';

export interface SeesOptions {
  /** 10 s unless told; multiplied by the machine's patience. */
  within?: Duration;
  /** Search from this position of the transcript, and leave the reading position where it is. */
  from?: number;
}

export interface Console {
  /**
   * Resolves when the console shows `pattern` behind what was last seen, and moves there, like
   * expect(1). Rejects with the tail of the console when time is up or the machine is gone.
   */
  sees(pattern: RegExp | string, options?: SeesOptions): Promise<RegExpExecArray>;
  /** Types as fast as a guest's serial driver can be relied upon to read. */
  type(text: string): Promise<void>;
  /** Hands every byte from now on to `listener` as well; `demo --console` shows them. */
  watch(listener: (bytes: Buffer) => void): void;
  /** Everything the machine has printed, nothing stripped. */
  readonly transcript: string;
  /** Forgets what was printed so far: the next `sees` begins here. Returns the position. */
  mark(): number;
}

/** A guest drops what arrives faster than this (measured: 16 bytes per 10 ms always arrive). */
const typing = { bytes: 16, pause: 10 };

/** Reads a serial line; the log file gets every byte, each line led by the host's time. */
export function openConsole(
  stream: Duplex,
  { name, log, patience }: { name: string; log: string; patience: Patience },
): Console {
  const file = openSync(log, 'a');
  const decoder = new TextDecoder();
  const waiting = new Set<() => void>();
  let transcript = '';
  let seen = 0;
  let atLineStart = true;
  let isClosed = false;
  let typed: Promise<void> = Promise.resolve();

  const wake = () => [...waiting].forEach((check) => check());
  stream.on('data', (bytes: Buffer) => {
    writeSync(file, stampLines(bytes, atLineStart, new Date().toISOString().slice(11, 23)));
    atLineStart = bytes.at(-1) === newline;
    transcript += decoder.decode(bytes, { stream: true });
    wake();
  });
  stream.on('error', () => {}); // 'close' follows, and is what counts
  stream.on('close', () => {
    isClosed = true;
    closeSync(file);
    wake();
  });

  const typeNow = async (text: string) => {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += typing.bytes) {
      stream.write(bytes.subarray(at, at + typing.bytes));
      await sleep(typing.pause);
    }
  };

  return {
    async sees(pattern, { within = '10s', from } = {}) {
      const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
      const search = finder(pattern);
      const give = (reason: string) =>
        reject(
          new StateliteError(
            'ERR_STATELITE_VM',
            `${name}: no ${pattern} on the console ${reason}\n${lastLines(name, transcript, 20)}`,
          ),
        );
      const check = () => {
        const match = search(transcript, from ?? seen);
        if (match !== undefined) {
          if (from === undefined) seen = match.index + match[0].length;
          resolve(match);
        } else if (isClosed) give('before the machine was gone');
      };
      const timer = setTimeout(() => give(`within ${within}`), patience(within));
      waiting.add(check);
      check();
      return promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(check);
      });
    },
    type(text) {
      typed = typed.then(() => typeNow(text));
      return typed;
    },
    watch(listener) {
      stream.on('data', listener);
    },
    get transcript() {
      return transcript;
    },
    mark() {
      seen = transcript.length;
      return seen;
    },
  };
}

const newline = 0x0a;

/** Puts `stamp` before each line that begins in `bytes`; the bytes themselves stay as they are. */
export function stampLines(bytes: Buffer, atLineStart: boolean, stamp: string): Buffer {
  const parts: Buffer[] = [];
  const stampBytes = Buffer.from(`${stamp} `);
  for (let at = 0, starts = atLineStart; at < bytes.length; starts = true) {
    const end = bytes.indexOf(newline, at);
    const next = end === -1 ? bytes.length : end + 1;
    if (starts) parts.push(stampBytes);
    parts.push(bytes.subarray(at, next));
    at = next;
  }
  return Buffer.concat(parts);
}

/** The first match at or behind a position; a string is meant literally. */
function finder(pattern: RegExp | string) {
  const source = typeof pattern === 'string' ? RegExp.escape(pattern) : pattern.source;
  const flags = typeof pattern === 'string' ? '' : pattern.flags.replace(/[gy]/g, '');
  const regexp = new RegExp(source, `${flags}g`);
  return (text: string, from: number): RegExpExecArray | undefined => {
    regexp.lastIndex = from;
    return regexp.exec(text) ?? undefined;
  };
}
