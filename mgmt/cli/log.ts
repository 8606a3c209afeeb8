import { parseKey } from '../core/assignments.ts';
import type { HistoryEntry } from '../db/history.ts';
import { plain } from '../core/plain.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';
import { checkColumn, tableNamed } from './table-arg.ts';

export const log = (context: Context) =>
  command({
    command: 'log [table]',
    describe: 'What was changed in the tables, newest first: when, by whom, by which command',
    options: (yargs) =>
      withJson(yargs)
        .positional('table', { type: 'string', describe: 'A table; without one, all' })
        .option('node', {
          type: 'string',
          requiresArg: true,
          describe: 'Only rows of this node or group',
        })
        .option('key', {
          type: 'string',
          requiresArg: true,
          describe: 'Only rows with this key: image=ALL,file=/etc/motd',
        })
        .option('count', {
          alias: 'n',
          type: 'number',
          requiresArg: true,
          default: 50,
          describe: 'How many rows',
        })
        .option('prune', {
          type: 'number',
          requiresArg: true,
          describe: 'Instead, forget changes that are older than so many days',
        })
        .conflicts('node', 'key')
        .check(({ table, node, key, count, prune }) => {
          if (!(Number.isInteger(count) && count > 0)) throw new Error('-n takes a number');
          if (prune === undefined) return true;
          if (!(prune >= 0 && prune <= mostDays)) throw new Error('--prune takes a number of days');
          if ((table ?? node ?? key) !== undefined) throw new Error('--prune takes no rows');
          return true;
        }),
    run: async ({ table: name, node, key: given, count, prune, json }) => {
      if (prune !== undefined) return forget(context, prune, json);
      const table = name === undefined ? undefined : tableNamed(name);
      const key = given === undefined ? (node === undefined ? {} : { node }) : parseKey(given);
      if (table !== undefined) {
        for (const column of Object.keys(key)) checkColumn(table, column);
      }
      const entries = await context
        .store()
        .history({ ...(name && { table: name }), key, limit: count });
      if (json) return printJson(context, entries);
      for (const entry of entries) context.print(formatEntry(entry));
    },
  });

/** A thousand years, which dates of every kind reach back. */
const mostDays = 365_000;

/** `12  2026-11-22 08:01:07  root  chtab  litefile image=ALL,file=/tmp/  options: tmpfs -> ro`. */
export function formatEntry(entry: HistoryEntry): string {
  const { change, at, who, command: verb, table, key } = entry;
  const row = Object.entries(key).map(([column, text]) => `${column}=${plain(text)}`);
  const when = at.slice(0, 19).replace('T', ' ');
  return [change, when, plain(who), plain(verb), `${table} ${row.join(',')}`, ...changesOf(entry)]
    .filter((part) => part !== '')
    .join('  ');
}

function changesOf({ kind, columns }: HistoryEntry): string[] {
  const all = Object.entries(columns);
  switch (kind) {
    case 'added':
      return ['added', ...all.map(([column, { new: after }]) => `${column}: ${value(after)}`)];
    case 'removed':
      return ['removed', ...all.map(([column, { old }]) => `${column}: ${value(old)}`)];
    case 'changed':
      return all.map(
        ([column, { old, new: after }]) => `${column}: ${value(old)} -> ${value(after)}`,
      );
  }
}

function value(text: string | null): string {
  return text === null ? "''" : plain(text);
}

async function forget(context: Context, days: number, json: boolean): Promise<void> {
  const changes = await context.store().pruneHistory(new Date(Date.now() - days * 86_400_000));
  if (json) printJson(context, { forgotten: changes });
  else context.print(`${changes} changes forgotten`);
}
