import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { isPostgresUrl } from './postgres-url.ts';
import type { Origin } from './recorder.ts';
import { inMemory } from './sqlite-file.ts';
import { openStore, type Store } from './store.ts';

/** The database of one command. */
export interface CommandDatabase {
  readonly where: string;
  readonly origin: Origin;
  /** The directory of the state: those above it are made too. */
  readonly state: string;
  readonly warn: (message: string) => void;
}

/**
 * `openStore` for a command that may have been given a mistyped path. While there is no such file,
 * what is read is an empty database, nothing is made, and a command that did no more than read warns
 * when it closes. The first change makes the file; ERR_STATELITE_DATABASE if its directory would have
 * to be made below one that is not there either, unless that is `state`.
 */
export function storeMadeOnWrite({ where, origin, state, warn }: CommandDatabase): Store {
  if (isPostgresUrl(where) || mayBeThere(where)) return openStore(where, origin);
  let empty: Store | undefined;
  let made: Store | undefined;
  const toRead = () => {
    if (made === undefined && mayBeThere(where)) made = openStore(where, origin);
    return made ?? (empty ??= openStore(inMemory));
  };
  const toWrite = () => {
    if (made !== undefined) return made;
    refuseWithoutParent(where, state);
    return (made = openStore(where, origin));
  };
  return {
    select: async (table, row) => toRead().select(table, row),
    insert: async (table, row) => toWrite().insert(table, row),
    insertAll: async (table, rows) => toWrite().insertAll(table, rows),
    upsert: async (table, row) => toWrite().upsert(table, row),
    upsertAll: async (table, rows) => toWrite().upsertAll(table, rows),
    remove: async (table, row) => toWrite().remove(table, row),
    replaceAll: async (table, rows) => toWrite().replaceAll(table, rows),
    transaction: async (fn) => toWrite().transaction(fn),
    note: async (fn) => toWrite().note(fn),
    snapshot: async (fn) => toRead().snapshot(fn),
    history: async (filter) => toRead().history(filter),
    undo: async (what) => toWrite().undo(what),
    pruneHistory: async (before) => toWrite().pruneHistory(before),
    async dataVersion() {
      const store = toRead();
      const version = await store.dataVersion();
      return store === empty ? `none ${version}` : version;
    },
    async close() {
      if (empty !== undefined && made === undefined && !mayBeThere(where)) {
        warn(`there is no database ${where} yet: the tables are empty`);
      }
      await empty?.close();
      await made?.close();
    },
  };
}

/** Whatever keeps it from being seen, opening it says better. */
function mayBeThere(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    return !hasCode(error, 'ENOENT');
  }
}

function refuseWithoutParent(where: string, state: string): void {
  const directory = dirname(where);
  const parent = dirname(directory);
  if (directory === state || mayBeThere(directory) || mayBeThere(parent)) return;
  throw new StateliteError(
    'ERR_STATELITE_DATABASE',
    `cannot make the database ${where}: there is no directory ${parent}`,
    { hint: 'is --database right? the directories above it are not made' },
  );
}
