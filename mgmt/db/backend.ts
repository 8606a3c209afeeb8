import type { Dialect, Kysely } from 'kysely';
import type { Stored } from './stored.ts';

/** Every table as Kysely sees it: texts, and `seq`, which is asked for where it matters. */
export type Database = Record<string, Stored>;
export type Connection = Kysely<Database>;

/** What differs between the databases. Errors of the database are ERR_STATELITE_DATABASE. */
export interface Backend {
  /**
   * A transaction keeps other writers out from its beginning; one that is 'read only' sees one
   * moment.
   */
  readonly dialect: Dialect;
  /** Lets a connection's commits not wait for the disk; and the way back. */
  readonly unsynced: { readonly begin: string; readonly end: string };
  /** As `Store.dataVersion`. */
  readonly dataVersion: (db: Connection) => Promise<string>;
  /** Part of each transaction that changed more than nodes report, before it ends. */
  readonly beforeCommit: (db: Connection) => Promise<void>;
  /** After such a transaction. */
  readonly committed: () => void;
  /** After Kysely is destroyed. */
  readonly close: () => Promise<void>;
}
