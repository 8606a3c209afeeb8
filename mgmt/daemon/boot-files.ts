import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { explainError } from '../../agent/errors.ts';
import { plain } from '../core/plain.ts';
import { normalAddress } from './address-book.ts';
import type { DaemonDeps } from './deps.ts';
import { openBelow } from './open-below.ts';
import { packedImageAt, type ServedPlace } from './packed-images.ts';
import { refuse, serveFile } from './serve-file.ts';
import { pathBelow } from './url-path.ts';

/** Boot loaders ask for this path whatever site.tftpdir is (QUIRK-65). */
const prefix = '/tftpboot/';

export interface BootDirectories {
  readonly tftpdir: string;
  readonly installdir: string;
}

type Deps = Pick<DaemonDeps, 'view' | 'log' | 'metrics'>;

/**
 * Serves the files of `tftpdir` below `/tftpboot/`, to everybody: what a firmware can fetch by TFTP is
 * no secret. Packed root images hold password hashes: they are served below their own path, and for
 * an address that no node has they are not there. GET and HEAD, one byte range.
 */
export function createBootFiles(directories: BootDirectories, deps: Deps): RequestListener {
  return (request, response) => {
    response.on('error', (error) => deps.log.debug(`HTTP: ${error.message}`));
    void respond(request, response, directories, deps);
  };
}

/** What is asked for: where it is, and who may have it. */
interface Asked {
  /** As metrics and the log call it. */
  readonly route: string;
  readonly place: ServedPlace | undefined;
  readonly isForNodes: boolean;
}

function askedFor(url: string, { tftpdir, installdir }: BootDirectories): Asked {
  const packed = packedImageAt(url, installdir);
  if (packed !== undefined) return { route: 'packed image', place: packed, isForNodes: true };
  const names = pathBelow(prefix, url);
  const place = names === undefined ? undefined : { root: tftpdir, names };
  return { route: prefix, place, isForNodes: false };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  directories: BootDirectories,
  { view, log, metrics }: Deps,
): Promise<void> {
  const start = performance.now();
  const peer = normalAddress(request.socket.remoteAddress ?? '') ?? 'a closed connection';
  const { route, place, isForNodes } = askedFor(request.url ?? '', directories);
  try {
    // Who asks for a boot file is for the log only, and may be found out after the transfer.
    const asking = isForNodes ? (await view()).identify(peer) : undefined;
    const isStranger = isForNodes && asking === undefined;
    if (isStranger) metrics.count('statelite_unknown_peers_total', { protocol: 'http' });
    const end = await serve(request, response, isStranger ? undefined : place);
    const node = asking ?? (await view()).identify(peer);
    const took = Math.round(performance.now() - start);
    const status = response.statusCode;
    const sent = status < 300 && request.method === 'GET' ? `, ${end}` : '';
    const why = isStranger ? ' (no node has this address)' : '';
    const line = `${node ?? peer}: ${request.method} ${request.url} ${status}${why}${sent}, ${took} ms`;
    log[status < 400 ? 'info' : 'warn'](plain(line), { node, peer, route, status, took });
  } catch (error) {
    log.error(`${peer}: ${request.method} ${request.url}\n${explainError(error).join('\n')}`);
    if (response.headersSent) response.destroy();
    else refuse(response, 500);
  }
  const labels = { protocol: 'http', route };
  metrics.count('statelite_requests_total', { ...labels, result: String(response.statusCode) });
  metrics.observe('statelite_request_seconds', (performance.now() - start) / 1000, labels);
}

/** How the transfer ended, in words for the log. */
async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  place: ServedPlace | undefined,
): Promise<string> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(response, 405);
  }
  const opened = place === undefined ? undefined : await openBelow(place.root, place.names);
  if (opened === undefined) return refuse(response, 404);
  try {
    return await serveFile(request, response, opened);
  } finally {
    await opened.file.close();
  }
}
