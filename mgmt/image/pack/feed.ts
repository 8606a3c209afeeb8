import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { piped, together } from './piped.ts';

/** A program that reads an archive from its standard input. */
export interface Fed {
  readonly stdout: Readable;
  /**
   * Until it has read all and ended well. Throws why the archive could not be read, or
   * ERR_STATELITE_COMMAND with the program's last lines.
   */
  readonly finished: Promise<void>;
  readonly kill: () => void;
}

interface Wish {
  readonly signal: AbortSignal;
  /** The Debian package that has the program. */
  readonly install: string;
}

/** Feeds a program, which dies with this process or by the signal. Its output has to be read. */
export function feed(archive: Readable, argv: readonly string[], wish: Wish): Fed {
  const program = piped(argv, wish);
  const feeding = pipeline(archive, program.stdin, { signal: wish.signal });
  // One that ended well without reading all has made a half archive.
  const finished = together([program], [feeding]).then(() => feeding);
  finished.catch(() => undefined); // whoever reads the output asks for it later
  return { stdout: program.stdout, finished, kill: program.kill };
}
