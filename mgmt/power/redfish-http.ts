import type { IncomingHttpHeaders } from 'node:http';
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

/** What a service is asked. */
export interface Question {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  /** The state of the resource that is to be changed, as it was told; `*` is any. */
  readonly ifMatch?: string;
  /** Of a session; without one the account itself is told. */
  readonly token?: string | undefined;
}

/** An answer, whatever its status. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** No resource that is asked for here is nearly as large. */
const maxBody = 1024 * 1024;

/** Milliseconds; a controller that starts says 503 for a while. */
const busyPause = { usual: 1000, most: 5000 };

/**
 * Asks a Redfish service by HTTPS. `limit` holds for a question with its repetitions, of which there are
 * some while the service says 503. Whom nobody answers, or too long, is ERR_STATELITE_HARDWARE.
 * Redirections are not followed, for they would be told the password.
 */
export async function exchange(
  service: Service,
  question: Question,
  { limit, signal }: Patience,
): Promise<Reply> {
  const all = AbortSignal.any([signal, AbortSignal.timeout(limit)]);
  const what = `${service.origin}${question.path}`;
  try {
    for (;;) {
      const reply = await once(service, question, all);
      if (reply.status !== 503) return reply;
      await sleep(retryAfter(reply), undefined, { signal: all });
    }
  } catch (cause) {
    if (signal.aborted) throw redfishFailure(what, 'was interrupted');
    if (all.aborted) {
      const problem = `gave no answer within ${limit / 1000} s`;
      throw redfishFailure(what, problem, 'is the controller busy?');
    }
    if (cause instanceof Error) throw unreachable(what, cause);
    throw cause;
  }
}

/** Milliseconds that a service wants to be left alone; it may say a date, too, and nobody does. */
export function retryAfter({ headers }: Reply): number {
  const wanted = 1000 * Number(headers['retry-after'] ?? NaN);
  return Math.min(wanted > 0 ? wanted : busyPause.usual, busyPause.most);
}

async function once(
  { origin, username = '', password = '', ca, verify }: Service,
  { method, path, body, ifMatch, token }: Question,
  signal: AbortSignal,
): Promise<Reply> {
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
      ...(token === undefined && { auth: `${username}:${password}` }),
      headers: {
        accept: 'application/json',
        'odata-version': '4.0',
        ...(token !== undefined && { 'x-auth-token': token }),
        ...(ifMatch !== undefined && { 'if-match': ifMatch }),
        ...(text !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
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
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    },
  );
  sent.on('error', reject);
  sent.end(text);
  return promise;
}

/** The JSON of an answer. What is not 2xx, or no JSON, is ERR_STATELITE_HARDWARE. */
export function decode(
  { origin, username }: Service,
  path: string,
  { status, text }: Reply,
): unknown {
  const what = `${origin}${path}`;
  if (status === 401 || status === 403) {
    throw redfishFailure(
      what,
      `does not let ${username === undefined ? 'nobody' : plain(username)} in (${status})`,
      'correct ipmi.username and ipmi.password, or the passwd row ipmi',
    );
  }
  if (status < 200 || status > 299) {
    throw redfishFailure(what, `said ${status}${reasonIn(text)}`);
  }
  if (status === 204 || text === '') return undefined;
  const value = parse(text);
  if (value === undefined) throw redfishFailure(what, 'answered with no JSON');
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

/** ERR_STATELITE_HARDWARE of a service. */
export function redfishFailure(what: string, why: string, hint?: string): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_HARDWARE',
    `${what} ${why}`,
    hint === undefined ? {} : { hint },
  );
}
