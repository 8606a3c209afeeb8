import type { Schema } from '../core/schema.ts';
import type { DaemonDeps, View } from './deps.ts';
import type { Peer } from './peer.ts';
import type { ServerState } from './server-state.ts';

/** A request whose route is found and whose sender may ask it. */
export interface Call {
  readonly peer: Peer;
  readonly view: () => Promise<View>;
  /** Parsed JSON, not checked; undefined for routes without a body. */
  readonly body: unknown;
  /** The parts of the path, checked by their schemas. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly deps: DaemonDeps;
  readonly state: ServerState;
}

/** One of a node, which is known by its address. */
export interface NodeCall extends Call {
  readonly node: string;
}

/** What is sent back, 204 with neither JSON nor text; and what the log says of it. */
export interface Result {
  readonly status?: number;
  readonly json?: unknown;
  /** Written already, with the end of its last line; JSON unless `type` says otherwise. */
  readonly text?: string;
  readonly type?: string;
  /** In place of a text, with its `type`. */
  readonly bytes?: Buffer;
  /** Undefined for what is asked all the time and by machines. */
  readonly what?: string;
}

type Handle<C> = (call: C) => Result | Promise<Result>;

interface Described {
  readonly method: 'GET' | 'POST';
  /** `/v1/reports/{node}`. */
  readonly path: string;
  readonly summary: string;
  readonly parameters?: Readonly<Record<string, Parameter>>;
  readonly query?: Readonly<Record<string, Parameter>>;
  /** `limit` is in bytes. */
  readonly body?: { readonly schema: Schema; readonly limit: number };
  /** By status; every route may also answer with an error. */
  readonly answers: Readonly<Record<number, Answer>>;
}

/** A part of a path or of a query: what `pattern` matches. */
interface Parameter {
  readonly description: string;
  readonly pattern: string;
}

export interface Answer {
  readonly description: string;
  /** JSON, unless it is `text`; without either there is no body. */
  readonly schema?: Schema;
  readonly text?: string;
}

/**
 * A route, its description and who may ask it: a node about itself, an administrator whose client
 * certificate the policy allows `command`, a monitor by its address or such a certificate, anybody.
 */
export type Route =
  | (Described & { readonly who: 'node'; readonly handle: Handle<NodeCall> })
  | (Described & {
      readonly who: 'administrator' | 'monitor';
      readonly command: string;
      readonly handle: Handle<Call>;
    })
  | (Described & { readonly who: 'anybody'; readonly handle: Handle<Call> });

/** What every failure looks like. */
export const errorSchema: Schema = {
  title: 'Error',
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: {
        code: { type: 'string', pattern: '^ERR_STATELITE_[A-Z_]+$' },
        message: { type: 'string' },
        hint: { type: 'string', description: 'What to try' },
      },
      required: ['code', 'message'],
    },
  },
  required: ['error'],
};
