import type { Priority } from '../../agent/log.ts';
import { plainJson } from '../core/plain.ts';

/** What a line of the log is about, for programs; the message says it in words too. */
export interface LogFields {
  /** The node by its address; the name of a client certificate. */
  readonly node?: string | undefined;
  readonly name?: string | undefined;
  /** The address of who asked. */
  readonly peer?: string | undefined;
  readonly route?: string | undefined;
  /** Of HTTP. */
  readonly status?: number | undefined;
  /** Milliseconds. */
  readonly took?: number | undefined;
}

/** A Logger that also takes fields; a Logger serves as one, without them. */
export type DaemonLog = Readonly<Record<Priority, (message: string, fields?: LogFields) => void>>;

/** One JSON object a line: time, level, message, and the fields there are. */
export function createJsonLog(write: (text: string) => void, now = () => new Date()): DaemonLog {
  const at =
    (level: Priority) =>
    (message: string, fields: LogFields = {}) =>
      write(`${plainJson({ time: now().toISOString(), level, message, ...fields })}\n`);
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}
