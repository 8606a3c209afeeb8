import { statSync } from 'node:fs';
import { StateliteError } from '../../agent/errors.ts';
import { isPostgresUrl } from '../db/postgres-url.ts';
import type { Store } from '../db/store.ts';

export interface LastingStore extends AsyncDisposable {
  /** @throws ERR_STATELITE_DATABASE while the file is away. */
  readonly store: () => Store;
}

/**
 * The store of a process that lasts longer than its file: a restored backup is another file by the
 * same name, and what is open is the old one. One that is missing is not made anew: an empty database
 * would send every node away. The log of the old file is never applied to the new one.
 */
export function lastingStore(where: string, open: () => Store): LastingStore {
  if (isPostgresUrl(where)) {
    const only = open();
    return { store: () => only, [Symbol.asyncDispose]: () => only.close() };
  }
  const log = `${where}-wal`;
  let current = openNow(where, open);
  let logId = identify(log);
  return {
    store() {
      const id = identify(where);
      if (id === undefined) {
        throw new StateliteError('ERR_STATELITE_DATABASE', `the database ${where} is gone`, {
          hint: 'put it back: it is opened again by itself',
        });
      }
      const logNow = identify(log);
      if (id !== current.id) {
        if (logNow !== undefined && logNow === logId) throw foreignLog(where, log);
        // The old one stays open: closing it, SQLite would remove the log of the new one by its name.
        current = openNow(where, open);
      }
      logId = logNow ?? logId;
      return current.store;
    },
    async [Symbol.asyncDispose]() {
      if (identify(where) === current.id) await current.store.close();
    },
  };
}

function foreignLog(where: string, log: string): StateliteError {
  return new StateliteError('ERR_STATELITE_DATABASE', `${where} was replaced, ${log} was not`, {
    hint: `the log belongs to the old file and would damage the new one: remove ${log} and ${where}-shm`,
  });
}

/** Versions of two files could be the same: the file's own identity is part of them. */
function openNow(where: string, open: () => Store): { readonly id: string; readonly store: Store } {
  const opened = open();
  const id = identify(where) ?? '';
  const dataVersion = async () => `${id} ${await opened.dataVersion()}`;
  return { id, store: { ...opened, dataVersion } };
}

function identify(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`;
}
