import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  PostgresAdapter,
  PostgresDriver,
  PostgresIntrospector,
  type PostgresPool,
  type PostgresPoolClient,
  PostgresQueryCompiler,
  sql,
  type TransactionSettings,
} from 'kysely';
import type { Client, Pool } from 'pg';
import { StateliteError } from '../../agent/errors.ts';
import type { Backend } from './backend.ts';
import { type Explain, explainPostgres } from './postgres-errors.ts';
import { listenForVersion } from './postgres-listener.ts';
import { migratePostgres, writeLock } from './postgres-migrate.ts';
import { withUser } from './postgres-url.ts';

/** How long to wait for a connection, and for another process's transaction, in milliseconds. */
const patience = 10_000;
/** A daemon reads while it writes; a command uses one. */
const mostConnections = 4;

/**
 * PostgreSQL for Kysely; connects, and brings the tables up to date, on first use. A connection
 * that broke is replaced by the next use. After each commit `LISTEN statelite` hears the version.
 */
export function openPostgres(url: string): Backend {
  const dialect: Dialect = {
    createDriver: () => new Driver({ pool: () => connect(url) }),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  };
  const listener = listenForVersion(() => connectAlone(url));
  return {
    dialect,
    unsynced: { begin: 'SET synchronous_commit = off', end: 'RESET synchronous_commit' },
    async dataVersion(db) {
      const heard = await listener.version();
      if (heard !== undefined) return heard;
      const { rows } = await sql<{
        revision: string;
      }>`SELECT revision FROM store_version`.execute(db);
      return String(rows[0]?.revision);
    },
    // In a table, not a sequence: it is seen when the rows are seen.
    async beforeCommit(db) {
      await sql`WITH bumped AS (UPDATE store_version SET revision = revision + 1 RETURNING revision)
        SELECT pg_notify('statelite', revision::text) FROM bumped`.execute(db);
    },
    committed: () => listener.forget(),
    close: () => listener.close(),
  };
}

class Driver extends PostgresDriver {
  override async beginTransaction(
    connection: DatabaseConnection,
    { accessMode }: TransactionSettings = {},
  ) {
    const run = (text: string) => connection.executeQuery(CompiledQuery.raw(text));
    if (accessMode === 'read only') {
      await run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      return;
    }
    try {
      // The lock comes first: every later statement sees what the writers before have committed.
      await run(
        `BEGIN; SET LOCAL lock_timeout = ${patience}; SELECT pg_advisory_xact_lock(${writeLock})`,
      );
    } catch (error) {
      await this.rollbackTransaction(connection);
      throw error;
    }
  }

  override async rollbackTransaction(connection: DatabaseConnection) {
    try {
      await super.rollbackTransaction(connection);
    } catch (error) {
      // The connection is gone, and the transaction with it; what broke it is being thrown already.
      if (!(error instanceof StateliteError)) throw error;
    }
  }
}

/** `pg` is loaded here: it costs a command on SQLite 50 ms. */
async function connect(url: string): Promise<PostgresPool> {
  const { Client: PgClient, Pool: PgPool } = await import('pg');
  const options = connectionOptions(url);
  const explain = explainPostgres(() => new PgClient(options));
  const pool = new PgPool({ ...options, idleTimeoutMillis: 60_000, max: mostConnections });
  // A connection that breaks says so here, in use or not. The pool drops it; a query that was
  // waiting fails by itself.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  try {
    await explain(() => migrated(pool));
  } catch (error) {
    await pool.end();
    throw error;
  }
  return explained(pool, explain);
}

/** A connection outside the pool, to listen on. */
async function connectAlone(url: string): Promise<Client> {
  const { Client: PgClient } = await import('pg');
  const client = new PgClient({ ...connectionOptions(url), query_timeout: patience });
  await client.connect();
  return client;
}

function connectionOptions(url: string) {
  return {
    connectionString: withUser(url),
    application_name: 'statelite',
    connectionTimeoutMillis: patience,
    keepAlive: true,
  };
}

async function migrated(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await migratePostgres(client);
  } finally {
    client.release();
  }
}

function explained(pool: Pool, explain: Explain): PostgresPool {
  return {
    async connect() {
      const client = await explain(() => pool.connect());
      const query: unknown = (text: string, values: readonly unknown[]) =>
        explain(() => client.query(text, [...values]));
      return {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without its cursors
        query: query as PostgresPoolClient['query'],
        release: () => client.release(),
      };
    },
    end: () => pool.end(),
  };
}
