import { DatabaseSync } from 'node:sqlite';
import { isEnabled } from '../core/cluster.ts';
import { splitList } from '../core/list.ts';
import { isPostgresUrl, withUser } from '../db/postgres-url.ts';
import type { Names } from './candidates.ts';

/** A shell that completes a word waits no longer for the database, in milliseconds. */
const patience = 1_000;

/**
 * Reads names without opening the database as a store, which would make it or bring it up to date:
 * nothing is written. What cannot be read has no names: whoever asks only wants to save typing, and
 * the command itself will say what is wrong.
 */
export function readNames(database: string): Names {
  const read = isPostgresUrl(database) ? readPostgres : readSqlite;
  return async (name) => {
    const [table = '', column = ''] = name.split('.');
    try {
      const rows = await read(
        database,
        `SELECT DISTINCT "${column}" AS name, disable FROM "${table}"`,
      );
      const enabled = rows.map(decode).filter(isEnabled);
      return enabled.flatMap((row) =>
        column === 'groups' ? splitList(row.name) : [row.name ?? ''],
      );
    } catch {
      return [];
    }
  };
}

/** Rows as lists of values: of ten thousand, objects would take three times as long. */
type Read = (database: string, sql: string) => Promise<readonly unknown[]>;

const readSqlite: Read = async (path, sql) => {
  const file = new DatabaseSync(path, { readOnly: true, timeout: patience });
  try {
    const statement = file.prepare(sql);
    statement.setReturnArrays(true);
    return statement.all();
  } finally {
    file.close();
  }
};

const readPostgres: Read = async (url, sql) => {
  const { Client } = await import('pg');
  const client = new Client({
    connectionString: withUser(url),
    connectionTimeoutMillis: patience,
    query_timeout: patience,
  });
  try {
    await client.connect();
    await client.query('BEGIN READ ONLY');
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows;
  } finally {
    await client.end();
  }
};

function decode(row: unknown): { readonly name: string | null; readonly disable: string | null } {
  const [name, disable]: unknown[] = Array.isArray(row) ? row : [];
  return { name: textOf(name), disable: textOf(disable) };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
