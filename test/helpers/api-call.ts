import type { IncomingMessage } from 'node:http';
import { type Agent, request, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import { undescribed } from './described.ts';

export interface ApiResponse {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  /** Parsed, if it is JSON. */
  readonly body: unknown;
}

/** node:https offers no protocol unless told to. */
export const alpn = { ALPNProtocols: ['http/1.1'] };

/**
 * One request of the JSON API on a connection of its own, verified against `ca`. Throws for a
 * response that OpenAPI does not describe.
 */
export async function apiCall(
  port: number,
  options: RequestOptions & { readonly agent?: Agent; readonly path: string },
  body?: string,
): Promise<ApiResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request({ host: '127.0.0.1', port, agent: false, ...alpn, ...options }, resolve)
    .on('error', reject)
    .end(body);
  const response = await promise;
  const { statusCode: status, headers } = response;
  const sent = await text(response);
  const contentType = headers['content-type'];
  const parsed = contentType === 'application/json' ? parse(sent) : sent || undefined;
  const { method = 'GET', path } = options;
  const wrong = undescribed(method, path, { status, contentType, body: parsed });
  if (wrong.length > 0) throw new Error(`${method} ${path}: ${wrong.join('; ')}`);
  return { status, headers, body: parsed };
}

function parse(json: string): unknown {
  return JSON.parse(json);
}
