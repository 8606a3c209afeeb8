import { normalAddress } from './address-book.ts';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Stats } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { explainError, hasCode } from '../../agent/errors.ts';
import { plain } from '../core/plain.ts';
import type { DaemonDeps } from './deps.ts';
import { openBelow } from './open-below.ts';
import { type ByteRange, parseRange } from './range.ts';
import { pathBelow } from './url-path.ts';

/** Boot loaders ask for this path whatever site.tftpdir is (QUIRK-65). */
const prefix = '/tftpboot/';

/**
 * Serves the files of `tftpdir` below `/tftpboot/`, to everybody: what a firmware can fetch by
 * TFTP is no secret. GET and HEAD, one byte range, conditions by ETag and date.
 */
export function createBootFiles(
  tftpdir: string,
  deps: Pick<DaemonDeps, 'view' | 'log' | 'metrics'>,
): RequestListener {
  return (request, response) => {
    response.on('error', (error) => deps.log.debug(`HTTP: ${error.message}`));
    void respond(request, response, tftpdir, deps);
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  tftpdir: string,
  { view, log, metrics }: Pick<DaemonDeps, 'view' | 'log' | 'metrics'>,
): Promise<void> {
  const start = performance.now();
  const peer = normalAddress(request.socket.remoteAddress ?? '') ?? 'a closed connection';
  try {
    const end = await serve(request, response, tftpdir);
    const who = (await view()).identify(peer) ?? peer;
    const took = Math.round(performance.now() - start);
    const status = response.statusCode;
    const sent = status < 300 && request.method === 'GET' ? `, ${end}` : '';
    const line = `${who}: ${request.method} ${request.url} ${status}${sent}, ${took} ms`;
    const node = who === peer ? undefined : who;
    log[status < 400 ? 'info' : 'warn'](plain(line), { node, peer, route: prefix, status, took });
  } catch (error) {
    log.error(`${peer}: ${request.method} ${request.url}\n${explainError(error).join('\n')}`);
    if (response.headersSent) response.destroy();
    else refuse(response, 500);
  }
  const labels = { protocol: 'http', route: prefix };
  metrics.count('statelite_requests_total', { ...labels, result: String(response.statusCode) });
  metrics.observe('statelite_request_seconds', (performance.now() - start) / 1000, labels);
}

/** How the transfer ended, in words for the log. */
async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  tftpdir: string,
): Promise<string> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(response, 405);
  }
  const names = pathBelow(prefix, request.url ?? '');
  const opened = names === undefined ? undefined : await openBelow(tftpdir, names);
  if (opened === undefined) return refuse(response, 404);
  await using file = opened.file;
  const { size, mtime } = opened.stats;
  response.setHeader('ETag', etag(opened.stats));
  response.setHeader('Last-Modified', mtime.toUTCString());
  response.setHeader('Accept-Ranges', 'bytes');
  if (isUnchanged(request, opened.stats)) {
    response.writeHead(304).end();
    return 'nothing';
  }
  const range = mayUseRange(request, opened.stats)
    ? parseRange(request.headers.range, size)
    : undefined;
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
  const bytes = file.createReadStream({ start: first, end: last, autoClose: false });
  try {
    await pipeline(bytes, response);
    return `${length} bytes`;
  } catch (error) {
    if (
      !hasCode(
        error,
        'ERR_STREAM_PREMATURE_CLOSE',
        'ERR_STREAM_UNABLE_TO_PIPE',
        'ECONNRESET',
        'EPIPE',
      )
    )
      throw error;
    return `broken off after ${bytes.bytesRead} of ${length} bytes`;
  }
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

function refuse(response: ServerResponse, status: number): string {
  response.writeHead(status, { 'Content-Length': 0 }).end();
  return 'nothing';
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
