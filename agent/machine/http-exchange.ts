import { type Agent, type IncomingMessage, request } from 'node:http';
import { StateliteError } from '../errors.ts';
import { TryLater } from './deadline.ts';

/** No table is larger; what is may be an attack. */
const mostBytes = 16 * 1024 * 1024;

/**
 * One request of the JSON API over a connection of `pool`. Throws the server's words for a status other
 * than 2xx: ERR_STATELITE_QUERY if another try may help, its cause says when if the server did;
 * else ERR_STATELITE_ANSWER.
 */
export async function exchange(
  pool: Agent,
  signal: AbortSignal,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sending = request({ agent: pool, method, path, signal }, resolve);
  sending.on('error', reject);
  // A request that waits for its connection does not tell that it was given up.
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  if (body === undefined) sending.end();
  else {
    sending.setHeader('content-type', 'application/json');
    sending.end(JSON.stringify(body));
  }
  const response = await promise;
  const text = await textOf(response);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return text === '' ? undefined : parseJson(text);
  throw refusal(status, text, response.headers['retry-after']);
}

async function textOf(response: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    if (size > mostBytes) throw badAnswer(`it is longer than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badAnswer('it is not JSON', cause);
  }
}

function refusal(status: number, text: string, retryAfter: string | undefined): StateliteError {
  const error = errorIn(text);
  const message = error?.message ?? `it answers with status ${status}`;
  // A server that is overloaded or starting is worth another try, a refusal is not.
  const code = status >= 500 || status === 429 ? 'ERR_STATELITE_QUERY' : 'ERR_STATELITE_ANSWER';
  return new StateliteError(code, `the management node says: ${message}`, {
    ...(code === 'ERR_STATELITE_QUERY' ? { cause: tryLater(retryAfter) } : {}),
    hint: error?.hint ?? 'do the tables of the management node know this node and its address?',
  });
}

/** Retry-After in seconds (RFC 9110, 10.2.3); our daemon never sends it as a date. */
export function tryLater(retryAfter: string | undefined): TryLater | undefined {
  return /^\d{1,6}$/u.test(retryAfter ?? '') ? new TryLater(Number(retryAfter) * 1000) : undefined;
}

function errorIn(text: string): { message: string; hint: string | undefined } | undefined {
  try {
    const value: { error?: { message?: unknown; hint?: unknown } } | null = JSON.parse(text);
    const message = value?.error?.message;
    const hint = value?.error?.hint;
    if (typeof message !== 'string') return undefined;
    return { message, hint: typeof hint === 'string' ? hint : undefined };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // a proxy's page, not ours
    throw error;
  }
}

function badAnswer(reason: string, cause?: unknown): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_ANSWER',
    `the management node's answer is not usable: ${reason}`,
    { cause },
  );
}
