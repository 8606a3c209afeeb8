import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresServer } from './postgres.ts';

/** Makes empty databases of one kind, for `openStore`; they go with it. */
export interface Databases extends AsyncDisposable {
  create(): Promise<string>;
}

/** Both kinds, for describe.each: whatever the store does, it does on both. */
export const databaseKinds: readonly {
  readonly kind: 'SQLite' | 'PostgreSQL';
  readonly start: () => Promise<Databases>;
}[] = [
  { kind: 'SQLite', start: sqliteFiles },
  { kind: 'PostgreSQL', start: postgresDatabases },
];

async function sqliteFiles(): Promise<Databases> {
  const directory = await mkdtemp(join(tmpdir(), 'statelite-db-'));
  let files = 0;
  return {
    create: async () => join(directory, `${(files += 1)}`, 'statelite.db'),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

async function postgresDatabases(): Promise<Databases> {
  const server = await postgresServer();
  return {
    create: () => server.createDatabase(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
