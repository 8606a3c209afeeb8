import { rename, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import type { Management } from './mgmt.ts';

/** A copy of the database as it is now, beside it. */
export async function backupOf({ database }: Management): Promise<string> {
  const backup = `${database}.backup`;
  const original = new DatabaseSync(database);
  original.prepare('VACUUM INTO ?').run(backup);
  original.close();
  return backup;
}

/** Puts a copy in the place of the database, whoever has that open; the log of the old one goes first. */
export async function restore({ database }: Management, backup: string): Promise<void> {
  for (const end of ['-wal', '-shm']) await rm(`${database}${end}`, { force: true });
  await rename(backup, database);
}
