import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { StateliteError } from '../../agent/errors.ts';
import { plain } from '../core/plain.ts';
import type { Account } from './access.ts';
import type { Patience } from './control.ts';

/** A Redfish service: whom to ask, and how to know it. */
export interface Service extends Account {
  readonly origin: string;
  /** PEM; undefined: the CAs of this machine. */
  readonly ca: string | undefined;
  readonly verify: boolean;
}

export type Ask = (
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  body?: object,
) => Promise<unknown>;

interface Reply {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** No resource that is asked for here is nearly as large. */
const maxBody = 1024 * 1024;

/** Milliseconds; a controller that starts says 503 for a while. */
const busyPause = { usual: 1000, most: 5000 };

/**
 * Asks a Redfish service, by HTTPS and basic authentication. `limit` holds for a question with its
 * repetitions, of which there are some while the service says 503. What is not JSON, not 2xx, or too
 * long is ERR_STATELITE_HARDWARE; redirections are not followed, for they would be told the password.
 */
export function redfishAsk(service: Service, { limit, signal }: Patience): Ask {
  return async (method, path, body) => {
    const all = AbortSignal.any([signal, AbortSignal.timeout(limit)]);
    const what = `${service.origin}${path}`;
    try {
      for (;;) {
        const reply = await once(service, { method, path, body, signal: all });
        if (reply.status !== 503) return decode(what, reply, service);
        const wait = Math.min(
          1000 * Number(reply.retryAfter ?? NaN) || busyPause.usual,
          busyPause.most,
        );
        await sleep(wait, undefined, { signal: all });
      }
    } catch (cause) {
      if (cause instanceof StateliteError) throw cause;
      if (signal.aborted) throw failure(what, 'was interrupted');
      if (all.aborted) {
        throw failure(what, `gave no answer within ${limit / 1000} s`, 'is the controller busy?');
      }
      if (cause instanceof Error) throw unreachable(what, cause);
      throw cause;
    }
  };
}

async function once(
  { origin, username = '', password = '', ca, verify }: Service,
  asked: {
    readonly method: string;
    readonly path: string;
    readonly body: object | undefined;
    readonly signal: AbortSignal;
  },
): Promise<Reply> {
  const { method, path, body, signal } = asked;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const sent = request(
    `${origin}${path}`,
    {
      method,
      signal,
      agent: new Agent({ keepAlive: false }),
      rejectUnauthorized: verify,
      ...(ca !== undefined && { ca }),
      auth: `${username}:${password}`,
      headers: {
        accept: 'application/json',
        'odata-version': '4.0',
        ...(text !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
          'if-match': '*', // some services change nothing without it
        }),
      },
    },
    (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        chunks.push(chunk);
        if (length > maxBody) response.destroy(new Error('the answer is larger than 1 MiB'));
      });
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: response.headers['retry-after'],
          text: Buffer.concat(chunks).toString(),
        }),
      );
    },
  );
  sent.on('error', reject);
  sent.end(text);
  return promise;
}

function decode(what: string, { status, text }: Reply, { username }: Service): unknown {
  if (status === 401 || status === 403) {
    throw failure(
      what,
      `does not let ${username === undefined ? 'nobody' : plain(username)} in (${status})`,
      'correct ipmi.username and ipmi.password, or the passwd row ipmi',
    );
  }
  if (status < 200 || status > 299) throw failure(what, `said ${status}${reasonIn(text)}`);
  if (status === 204 || text === '') return undefined;
  const value = parse(text);
  if (value === undefined) throw failure(what, 'answered with no JSON');
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A Redfish error says `error.message` and, in more words, `@Message.ExtendedInfo`. */
function reasonIn(text: string): string {
  const [, message] = /"[Mm]essage"\s*:\s*("(?:[^"\\]|\\.)*")/u.exec(text) ?? [];
  const said = message === undefined ? undefined : parse(message);
  return typeof said === 'string' ? `: ${plain(said.slice(0, 200))}` : '';
}

function unreachable(what: string, cause: Error): StateliteError {
  const code = 'code' in cause ? String(cause.code) : '';
  const isCertificate = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/u.test(code);
  return new StateliteError(
    'ERR_STATELITE_HARDWARE',
    isCertificate ? `the certificate of ${what} is not trusted` : `${what} cannot be reached`,
    {
      cause,
      ...(isCertificate && {
        hint: 'name its CA in hardware.cafile; hardware.verify=0 trusts anybody',
      }),
    },
  );
}

function failure(what: string, why: string, hint?: string): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_HARDWARE',
    `${what} ${why}`,
    hint === undefined ? {} : { hint },
  );
}
