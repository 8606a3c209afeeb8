import { text } from 'node:stream/consumers';
import { retry } from './deadline.ts';
import type { DownloadDeps } from './download.ts';
import { get, HttpStatus, isFinalGet } from './http-get.ts';

/** A line of sha256sum(1) is shorter; what is longer is something else. */
const mostBytes = 4096;

/**
 * The SHA-256 of a file on a web server, in hexadecimal: `<url>.sha256` as sha256sum(1) writes it.
 * Undefined if there is none. Throws what `get` does, and a plain Error for something else.
 */
export async function fetchDigest(
  url: string,
  { deadline, log, ...deps }: DownloadDeps,
): Promise<string | undefined> {
  const place = new URL(url);
  place.pathname += '.sha256';
  try {
    return await retry({ deadline, log, what: `GET ${place.href}`, isFinal }, async () => {
      const response = await get(place.href, {}, deps);
      if (Number(response.headers['content-length'] ?? mostBytes) > mostBytes) {
        response.destroy();
        throw new Error(`${place.href} is no digest`);
      }
      return parseDigest(await text(response), place.href);
    });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isFinal(error: unknown, times: number): boolean {
  return isMissing(error) || isFinalGet(error, times);
}

function isMissing(error: unknown): boolean {
  return error instanceof HttpStatus && (error.status === 404 || error.status === 410);
}

function parseDigest(line: string, place: string): string {
  const digest = /^(?<digest>[0-9A-Fa-f]{64})(?:\s|$)/u.exec(line)?.groups?.['digest'];
  if (digest === undefined) throw new Error(`${place} is no digest`);
  return digest.toLowerCase();
}
