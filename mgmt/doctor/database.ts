import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { hasCode } from '../../agent/errors.ts';
import { isPostgresUrl } from '../db/postgres-url.ts';
import type { Check } from './check.ts';
import { formatBytes } from './disk.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import type { Machine } from './machine.ts';

/** A checkpoint makes it small again; one this large says that none gets through. In bytes. */
const largeLog = 64 << 20;

/** A database of SQLite, as far as it was looked at. */
export interface DatabaseFacts {
  readonly path: string;
  readonly mode: number;
  /** Bytes of the write-ahead log. */
  readonly log: number;
  /** What PRAGMA quick_check says: `ok`, or what is wrong. */
  readonly integrity: readonly string[];
}

/** PostgreSQL looks after itself; that it answers shows when the tables are read. */
export const database: Check<Machine> = {
  group: 'database',
  name: 'database',
  async look({ settings: { database: where } }) {
    if (isPostgresUrl(where)) return [];
    const facts = await look(where);
    // Without a file the tables could not be read, and that was said.
    return facts === undefined ? [] : judgeDatabase(facts);
  },
};

export function judgeDatabase({ path, mode, log, integrity }: DatabaseFacts): Finding[] {
  const findings: Finding[] = [];
  const [first = 'nothing'] = integrity;
  if (first !== 'ok') {
    const hint = `save what it has: sqlite3 ${path} .recover; then restore a backup of it`;
    findings.push(fail(`${path} is damaged: ${first}`, hint));
  }
  if ((mode & 0o077) !== 0) {
    const message = `others than its owner may read ${path}, which holds passwords`;
    findings.push(warn(message, `chmod 600 ${path}*`));
  }
  if (log > largeLog) {
    const message = `${path}-wal has ${formatBytes(log)}: some process has been reading for long`;
    findings.push(warn(message, `which one? fuser -v ${path}; then end or restart it`));
  }
  return findings.length > 0 ? findings : [ok(`${path} is sound`)];
}

async function look(path: string): Promise<DatabaseFacts | undefined> {
  const mode = (await statOf(path))?.mode;
  if (mode === undefined) return undefined;
  await access(path, constants.R_OK); // SQLite would not tell it from damage
  const log = (await statOf(`${path}-wal`))?.size ?? 0;
  return { path, mode, log, integrity: quickCheck(path) };
}

/** What SQLite cannot even open is as damaged as what it finds. */
function quickCheck(path: string): string[] {
  try {
    const file = new DatabaseSync(path, { readOnly: true, timeout: 3000 });
    try {
      const rows = file.prepare('PRAGMA quick_check(3)').all();
      return rows.map(({ quick_check: text }) => String(text));
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof Error && 'errcode' in error) return [error.message];
    throw error;
  }
}

async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
