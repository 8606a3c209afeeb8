import type { Stats } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { hasCode } from '../../agent/errors.ts';
import type { OpenFile } from './open-below.ts';
import { type ByteRange, parseRange } from './range.ts';

/**
 * Answers a GET or HEAD with an open file: whole or one byte range, conditions by ETag and date.
 * Resolves when it is sent, with how the transfer ended, in words for the log.
 */
export async function serveFile(
  request: IncomingMessage,
  response: ServerResponse,
  { file, stats }: OpenFile,
): Promise<string> {
  const { size, mtime } = stats;
  response.setHeader('ETag', etag(stats));
  response.setHeader('Last-Modified', mtime.toUTCString());
  response.setHeader('Accept-Ranges', 'bytes');
  if (isUnchanged(request, stats)) {
    response.writeHead(304).end();
    return 'nothing';
  }
  const range = mayUseRange(request, stats) ? parseRange(request.headers.range, size) : undefined;
  if (range === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${size}`);
    return refuse(response, 416);
  }
  const length = describeBody(response, range, size);
  if (request.method === 'HEAD' || length === 0) {
    response.end();
    return `${length} bytes`;
  }
  const { first, last } = range ?? { first: 0, last: size - 1 };
  const bytes = file.createReadStream({ start: first, end: last, autoClose: false, highWaterMark });
  try {
    await pipeline(bytes, response);
    return `${length} bytes`;
  } catch (error) {
    if (!hasCode(error, ...brokenOff)) throw error;
    return `broken off after ${bytes.bytesRead} of ${length} bytes`;
  }
}

/** Fewer trips into the thread pool than with the usual 64 KiB; a rack of nodes reads at once. */
const highWaterMark = 256 * 1024;

const brokenOff = [
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_UNABLE_TO_PIPE',
  'ECONNRESET',
  'EPIPE',
];

/** Answers with a status and no body; the words for the log. */
export function refuse(response: ServerResponse, status: number): string {
  response.writeHead(status, { 'Content-Length': 0 }).end();
  return 'nothing';
}

function describeBody(
  response: ServerResponse,
  range: Exclude<ByteRange, string> | undefined,
  size: number,
): number {
  const length = range === undefined ? size : range.last - range.first + 1;
  if (range !== undefined) {
    response.statusCode = 206;
    response.setHeader('Content-Range', `bytes ${range.first}-${range.last}/${size}`);
  }
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Content-Length', length);
  return length;
}

/** Boot files are replaced by rename: the inode tells two versions of one second apart. */
function etag({ ino, size, mtimeMs }: Stats): string {
  return `"${[ino, size, Math.trunc(mtimeMs)].map((value) => value.toString(36)).join('-')}"`;
}

function isUnchanged({ headers }: IncomingMessage, stats: Stats): boolean {
  const known = headers['if-none-match'];
  if (known !== undefined) {
    return known
      .split(',')
      .some((tag) => ['*', etag(stats)].includes(tag.trim().replace(/^W\//, '')));
  }
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return Math.trunc(stats.mtimeMs / 1000) * 1000 <= since;
}

function mayUseRange({ headers }: IncomingMessage, stats: Stats): boolean {
  const condition = headers['if-range'];
  return (
    condition === undefined || [etag(stats), stats.mtime.toUTCString()].includes(String(condition))
  );
}
