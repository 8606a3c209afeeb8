import { hasCode, StateliteError } from '../../agent/errors.ts';

/** Runs a request to the server; what goes wrong becomes ERR_STATELITE_DATABASE. */
export type Explain = <T>(work: () => Promise<T>) => Promise<T>;

/** Where the client would connect to. The password is not among it. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly database?: string | undefined;
  readonly user?: string | undefined;
}

/**
 * Adds host and database to what the server or the network says, and a hint. `readUrl` throws if
 * the URL is none, which is ERR_STATELITE_CONFIG; the URL is not repeated, for its password.
 */
export function explainPostgres(readUrl: () => Target): Explain {
  const target = readTarget(readUrl);
  return async (work) => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StateliteError) throw error;
      const cause = causeOf(error);
      throw new StateliteError('ERR_STATELITE_DATABASE', `cannot use ${nameOf(target)}`, {
        cause,
        hint: hintFor(cause, target),
      });
    }
  };
}

function readTarget(readUrl: () => Target): Target {
  try {
    return readUrl();
  } catch (cause) {
    const hint = 'write postgresql://user@host/db or postgresql:///db?host=/run/postgresql';
    const told = hasCode(cause, 'ERR_INVALID_URL') ? { hint } : { hint, cause };
    throw new StateliteError('ERR_STATELITE_CONFIG', 'the database setting cannot be used', told);
  }
}

function nameOf({ host, port, database }: Target): string {
  const at = host.startsWith('/') ? host : `${host}:${port}`;
  return `the PostgreSQL database ${database ?? '(unnamed)'} at ${at}`;
}

/** A name with several addresses fails once for each. */
function causeOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}

/** By errno, or by SQLSTATE (PostgreSQL, appendix A). */
function hintFor(cause: unknown, { user, database }: Target): string {
  const state = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (state === '55P03') {
    return 'another process has been writing to it for long: which one? (pg_stat_activity)';
  }
  if (state === '3D000') return `createdb -O ${user} ${database} makes it`;
  if (state.startsWith('28')) {
    return `may ${user} log in? pg_hba.conf says who may; ~/.pgpass holds passwords`;
  }
  if (state === '54000') return 'a key is too long: PostgreSQL takes 2700 bytes';
  if (state.startsWith('53')) return 'the server is at a limit: disk, memory or connections';
  if (state === '42501') return `${user} must own the database: ALTER DATABASE ... OWNER TO`;
  const refused = hasCode(cause, 'ENOTFOUND', 'EAI_AGAIN');
  return refused
    ? 'is the name of the host right?'
    : 'does PostgreSQL run there, and can it be reached? (pg_isready)';
}
