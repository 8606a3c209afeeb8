import { StateliteError } from '../../agent/errors.ts';
import { plain, plainJson } from '../core/plain.ts';
import type { Patience } from './control.ts';
import { pauseFor } from './pause.ts';
import {
  decode,
  exchange,
  type Question,
  redfishFailure,
  type Reply,
  retryAfter,
  type Service,
} from './redfish-http.ts';

/** Resources of a Redfish service (DSP0266). */
export interface RedfishClient {
  readonly get: (path: string) => Promise<Record<string, unknown>>;
  /** Resolves when it is done, also if that takes a task. */
  readonly post: (path: string, body: object) => Promise<void>;
  readonly patch: (path: string, body: object) => Promise<void>;
  /** Ends the session, if there had to be one. */
  readonly leave: () => Promise<void>;
}

const sessions = '/redfish/v1/SessionService/Sessions';

/**
 * A client that says who it is with each question, and has a session only where a service does not offer
 * that. Rejects with ERR_STATELITE_HARDWARE for whatever a service refuses.
 */
export function redfishClient(service: Service, patience: Patience): RedfishClient {
  const etags = new Map<string, string>();
  let session: { readonly token: string; readonly path: string | undefined } | undefined;

  const ask = async (question: Question): Promise<Reply> => {
    const first = await exchange(service, { ...question, token: session?.token }, patience);
    if (first.status !== 401 || session !== undefined || offersBasic(first)) return first;
    session = await logIn();
    return exchange(service, { ...question, token: session.token }, patience);
  };
  const logIn = async () => {
    const { username: UserName = '', password: Password = '' } = service;
    const body = { UserName, Password };
    const reply = await exchange(service, { method: 'POST', path: sessions, body }, patience);
    const made = decode(service, sessions, reply);
    const token = reply.headers['x-auth-token'];
    if (typeof token !== 'string') {
      throw redfishFailure(`${service.origin}${sessions}`, 'gave a session without a token');
    }
    const path = isRecord(made) ? made['@odata.id'] : undefined;
    return { token, path: typeof path === 'string' ? ownPath(path) : locationOf(service, reply) };
  };
  const get = async (path: string) => {
    const reply = await ask({ method: 'GET', path });
    const value = record(decode(service, path, reply), path);
    const etag = reply.headers.etag ?? value['@odata.etag'];
    if (typeof etag === 'string') etags.set(path, etag);
    return value;
  };
  const finish = async (path: string, reply: Reply): Promise<void> => {
    const value = decode(service, path, reply);
    if (reply.status !== 202) return;
    const monitor =
      locationOf(service, reply) ?? (isRecord(value) ? value['@odata.id'] : undefined);
    if (monitor !== undefined) await follow(ownPath(monitor), Date.now() + patience.limit);
  };
  const follow = async (path: string, end: number): Promise<void> => {
    for (;;) {
      const reply = await ask({ method: 'GET', path });
      // A monitor is gone some time after its task has ended.
      if (reply.status === 404 || reply.status === 410) return;
      const value = decode(service, path, reply);
      const task = isRecord(value) ? value : {};
      const state = task['TaskState'];
      if (typeof state === 'string' && failed.has(state)) {
        throw redfishFailure(`${service.origin}${path}`, `${state}${messageOf(task)}`);
      }
      if (state === 'Completed' || (state === undefined && reply.status !== 202)) return;
      if (Date.now() > end) {
        throw redfishFailure(`${service.origin}${path}`, `is ${plainJson(state ?? null)} still`);
      }
      await pauseFor(retryAfter(reply), patience.signal, 'while a task went on');
    }
  };
  return {
    get,
    post: async (path, body) => finish(path, await ask({ method: 'POST', path, body })),
    async patch(path, body) {
      const change = async () =>
        ask({ method: 'PATCH', path, body, ifMatch: etags.get(path) ?? '*' });
      const reply = await change();
      if (reply.status !== 412) return finish(path, reply);
      await get(path); // somebody else has changed something of it
      await finish(path, await change());
    },
    async leave() {
      if (session?.path === undefined) return;
      const { token, path } = session;
      session = undefined;
      try {
        await exchange(service, { method: 'DELETE', path, token }, patience);
      } catch (error) {
        // What was asked for is done; a session that stays ends by itself.
        if (!(error instanceof StateliteError)) throw error;
      }
    },
  };
}

const failed = new Set(['Exception', 'Killed', 'Cancelled', 'Interrupted']);

/** Who offers no basic authentication names it in no challenge. */
function offersBasic({ headers }: Reply): boolean {
  return /\bbasic\b/iu.test(headers['www-authenticate'] ?? '');
}

/** A service may know itself by another name or address than we do: its path is asked for where we are. */
function locationOf({ origin }: Service, { headers }: Reply): string | undefined {
  const { location } = headers;
  if (location === undefined) return undefined;
  return ownPath(URL.parse(location, origin)?.pathname ?? location);
}

/** What a service names must be its own: elsewhere the password would go to somebody else. */
export function ownPath(value: unknown): string {
  if (typeof value === 'string' && /^\/redfish\/[\w.~:@!$&'()*+,;=%/-]*$/u.test(value)) {
    return value;
  }
  throw new StateliteError(
    'ERR_STATELITE_HARDWARE',
    `a Redfish service names the resource ${plainJson(value ?? null)}`,
  );
}

/** An object of JSON; ERR_STATELITE_HARDWARE for anything else. */
export function record(value: unknown, what: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw new StateliteError('ERR_STATELITE_HARDWARE', `${what} of a Redfish service is no object`);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function messageOf({ Messages: messages }: Record<string, unknown>): string {
  const [first] = Array.isArray(messages) ? messages : [];
  const text = isRecord(first) ? first['Message'] : undefined;
  return typeof text === 'string' ? `: ${plain(text.slice(0, 200))}` : '';
}
