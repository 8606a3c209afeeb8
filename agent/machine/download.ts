import type { IncomingMessage } from 'node:http';
import type { Logger } from '../log.ts';
import { type Budget, pauseAfter, retry } from './deadline.ts';
import { get, type GetDeps, HttpStatus, isFinalGet } from './http-get.ts';
import { mebibytes } from './memory.ts';
import { Changed } from './ram-trouble.ts';

export interface DownloadDeps extends GetDeps {
  readonly deadline: Budget;
  readonly log: Logger;
  /** Milliseconds without a byte, after which another connection is tried. */
  readonly silence?: number;
}

export interface Download {
  /** Bytes, as the server announces them; undefined if it does not. */
  readonly size: number | undefined;
  /** All of it, whatever breaks on the way. To be read once. */
  readonly bytes: AsyncIterable<Buffer>;
  /** How much of it came so far. */
  readonly received: () => number;
}

const longestSilence = 20_000;
/** Milliseconds that going on needs. */
const shortestTry = 1000;
/** Milliseconds between two lines about how far it is. */
const tellEvery = 5000;

/**
 * Opens a file on a web server. A transfer that breaks off goes on where it stopped, if the server can
 * do that and still has the same file (Range, If-Range), else from the beginning, passing over what
 * came already. It is tried until the deadline. Throws what `get` does when no time is left or no
 * waiting helps, Changed if the file is replaced meanwhile.
 */
export async function download(url: string, deps: DownloadDeps): Promise<Download> {
  const { deadline, log, signal, silence = longestSilence } = deps;
  const ask = (headers: Record<string, string>) =>
    retry({ deadline, log, what: `GET ${url}`, isFinal: isFinalGet }, async () => {
      signal.throwIfAborted();
      return get(url, { 'accept-encoding': 'identity', ...headers }, deps);
    });
  const first = await ask({});
  const version = versionOf(first);
  const size = sizeOf(first);
  let received = 0;
  return { size, bytes: bytes(), received: () => received };

  async function* bytes(): AsyncGenerator<Buffer> {
    const tell = progressOf(log, size);
    let response: IncomingMessage | undefined = first;
    for (let breaks = 1; ; breaks += 1) {
      response ??= await goOn();
      let passOver = response.statusCode === 206 ? 0 : received;
      const pieces: AsyncIterator<Buffer> = response[Symbol.asyncIterator]();
      try {
        for (;;) {
          const piece = await nextOf(pieces, response, silence);
          if (piece === undefined) break;
          const fresh = piece.subarray(passOver);
          passOver -= piece.length - fresh.length;
          if (fresh.length === 0) continue;
          received += fresh.length;
          breaks = 1;
          tell(received);
          yield fresh;
        }
      } finally {
        response.destroy();
      }
      if (response.complete && (size === undefined || received >= size)) return;
      response = undefined;
      signal.throwIfAborted();
      const pause = pauseAfter(breaks);
      const broken = `${url} broke off after ${farOf(received, size)}`;
      if (deadline.left < pause + shortestTry) throw new Error(`${broken}, and no time is left`);
      log.warn(`${broken}; going on in ${(pause / 1000).toFixed(1)} s`);
      await deadline.wait(pause);
    }
  }

  /** The rest of the file, or all of it from a server that cannot give a part. */
  async function goOn(): Promise<IncomingMessage> {
    const strong = version.etag ?? version.date;
    const range = {
      range: `bytes=${received}-`,
      ...(strong !== undefined && { 'if-range': strong }),
    };
    const response = await ask(received === 0 ? {} : range).catch((error: unknown) => {
      if (error instanceof HttpStatus && error.status === 416) throw changed(url);
      throw error;
    });
    if (isSame(response)) return response;
    response.destroy();
    throw changed(url);
  }

  function isSame(response: IncomingMessage): boolean {
    const { etag, date } = versionOf(response);
    if (etag !== version.etag || date !== version.date) return false;
    if (response.statusCode !== 206) return sizeOf(response) === size;
    const [, start, all] =
      /^bytes (\d+)-\d+\/(\d+|\*)$/u.exec(response.headers['content-range'] ?? '') ?? [];
    return (
      Number(start) === received && (all === '*' || size === undefined || Number(all) === size)
    );
  }
}

function changed(url: string): Changed {
  return new Changed(`${url} was replaced while it was fetched`);
}

/** What tells two files of one name apart. A weak ETag is none here (RFC 9110, 13.1.5). */
function versionOf({ headers }: IncomingMessage) {
  const { etag } = headers;
  const isStrong = etag !== undefined && !etag.startsWith('W/');
  return { etag: isStrong ? etag : undefined, date: headers['last-modified'] };
}

function sizeOf({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

function farOf(received: number, size: number | undefined): string {
  return mebibytes(received) + (size === undefined ? '' : ` of ${mebibytes(size)}`);
}

/** The next piece; undefined at the end, also where the connection breaks or says nothing more. */
async function nextOf(
  pieces: AsyncIterator<Buffer>,
  response: IncomingMessage,
  silence: number,
): Promise<Buffer | undefined> {
  const late = setTimeout(() => response.destroy(), silence);
  try {
    const next = await pieces.next();
    return next.done === true ? undefined : next.value;
  } catch (error) {
    // Every error of a response is one of its connection.
    if (!(error instanceof Error)) throw error;
    return undefined;
  } finally {
    clearTimeout(late);
  }
}

/** Says now and then how far it is. */
function progressOf(log: Logger, size: number | undefined): (received: number) => void {
  const begun = performance.now();
  let told = begun;
  return (received) => {
    const now = performance.now();
    if (now - told < tellEvery) return;
    told = now;
    const part = size === undefined ? '' : ` (${Math.floor((received / size) * 100)} %)`;
    const speed = mebibytes((received / (now - begun)) * 1000);
    log.info(`image: ${mebibytes(received)}${part}, ${speed}/s`);
  };
}
