import type { RequestListener, ServerResponse } from 'node:http';
import { explainError } from '../../agent/errors.ts';
import { plain } from '../core/plain.ts';
import type { ScriptFile } from '../postscripts/script-files.ts';
import { normalAddress } from './address-book.ts';
import type { DaemonDeps } from './deps.ts';
import { refuse } from './serve-file.ts';
import type { ServerState } from './server-state.ts';
import { pathBelow } from './url-path.ts';

type Deps = Pick<DaemonDeps, 'view' | 'log' | 'metrics'>;

/** Stock nodes ask below site.installdir, or below what it usually is. */
const usual = '/install';
const route = '/install/postscripts/';

/**
 * `<installdir>/postscripts` for stock nodes, which fetch it recursively by the links of its pages.
 * Only nodes get it; private keys are not in it. Every other path goes on to `next`.
 */
export function withPostscripts(
  installdir: string,
  { scripts }: Pick<ServerState, 'scripts'>,
  { view, log, metrics }: Deps,
  next: RequestListener,
): RequestListener {
  return (request, response) => {
    const { method = '', url = '' } = request;
    const path = pathOf(url, [installdir, usual]);
    if (path === undefined) {
      next(request, response);
      return;
    }
    response.on('error', (error) => log.debug(`HTTP: ${error.message}`));
    const peer = normalAddress(request.socket.remoteAddress ?? '') ?? 'a closed connection';
    const serve = async () => {
      const node = (await view()).identify(peer);
      if (node === undefined) metrics.count('statelite_unknown_peers_total', { protocol: 'http' });
      if (node === undefined) refuse(response, 404);
      else if (method !== 'GET' && method !== 'HEAD') {
        response.setHeader('Allow', 'GET, HEAD');
        refuse(response, 405);
      } else await answer(response, path, method === 'HEAD', scripts);
      const status = response.statusCode;
      const why = node === undefined ? ' (no node has this address)' : '';
      const line = plain(`${node ?? peer}: ${method} ${url} ${status}${why}`);
      log[status < 400 ? 'debug' : 'warn'](line, { node, peer, route, status });
    };
    serve()
      .catch((error: unknown) => {
        log.error(`${peer}: ${plain(`${method} ${url}`)}\n${explainError(error).join('\n')}`);
        if (response.headersSent) response.destroy();
        else refuse(response, 500);
      })
      .finally(() => {
        const result = String(response.statusCode);
        metrics.count('statelite_requests_total', { protocol: 'http', route, result });
      })
      .catch((error: unknown) => log.error(String(error)));
  };
}

/** The path below the directory of scripts, '' for itself, with a `/` behind it if the URL has one. */
function pathOf(url: string, installdirs: readonly string[]): string | undefined {
  const [text = ''] = url.split('?', 1);
  for (const installdir of new Set(installdirs)) {
    const prefix = `${installdir.replace(/\/+$/u, '')}/postscripts`;
    const clean = text.replace(/^\/+/u, '/');
    if (clean === prefix || clean === `${prefix}/`) return '';
    if (!clean.startsWith(`${prefix}/`)) continue;
    const names = pathBelow(`${prefix}/`, clean.replace(/\/+$/u, ''));
    return `${names === undefined ? '..' : names.join('/')}${clean.endsWith('/') ? '/' : ''}`;
  }
  return undefined;
}

async function answer(
  response: ServerResponse,
  path: string,
  isHead: boolean,
  { list, read }: ServerState['scripts'],
): Promise<void> {
  const files = await list();
  const directory = path === '' || path.endsWith('/') ? path : `${path}/`;
  const names = namesIn(directory, files);
  const found = files.find((each) => each.path === path);
  const content =
    found === undefined
      ? names.length > 0 || path === ''
        ? Buffer.from(page(names))
        : undefined
      : await read(found.digest);
  if (content === undefined) {
    refuse(response, 404);
    return;
  }
  if (found !== undefined) response.setHeader('Last-Modified', found.modified.toUTCString());
  response.setHeader(
    'Content-Type',
    found === undefined ? 'text/html' : 'application/octet-stream',
  );
  response.setHeader('Content-Length', content.length);
  response.end(isHead ? undefined : content);
}

/** What is in a directory, those in it with a `/` behind. */
function namesIn(directory: string, files: readonly ScriptFile[]): string[] {
  const names = files
    .filter(({ path }) => path.startsWith(directory))
    .map(({ path }) => path.slice(directory.length).replace(/\/.*$/u, '/'));
  return [...new Set(names)];
}

/** Names are plain ones (script-files.ts): nothing in them needs to be quoted. */
function page(names: readonly string[]): string {
  const links = names.map((name) => `<a href="${name}">${name}</a><br>\n`);
  return `<!DOCTYPE html>\n<title>postscripts</title>\n${links.join('')}`;
}
