import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainError, hasCode, StateliteError } from '../../agent/errors.ts';
import { changedRows } from '../core/changed-rows.ts';
import { formatCsv, parseCsv } from '../db/csv.ts';
import type { Rows } from '../db/store.ts';
import type { Table } from '../db/table.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { type Editor, terminalEditor } from './editor.ts';
import { printJson, withJson } from './json.ts';
import { readText, restoreRows } from './restore-rows.ts';
import { tableNamed } from './table-arg.ts';

/** `editor` stands for the terminal in tests. */
export const tabedit = (context: Context, editor: Editor = terminalEditor()) =>
  command({
    command: 'tabedit <tables..>',
    describe: 'Edit tables as CSV files, with $TABEDITOR, $EDITOR or vi',
    options: (yargs) =>
      withJson(yargs).positional('tables', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'litefile ...; one after the other',
      }),
    run: async ({ tables: names, json }) => {
      const edited: object[] = [];
      for (const table of names.map(tableNamed)) {
        const changed = await editTable(context, editor, table);
        edited.push({ table: table.name, changed });
        if (!changed && !json) context.print('No file modifications detected, not restoring.');
      }
      if (json) printJson(context, edited);
    },
  });

/** Whether anything was changed. What was edited but not stored is kept in its file. */
async function editTable(context: Context, editor: Editor, table: Table): Promise<boolean> {
  const before = await context.store().select(table);
  const text = textOf(table, before);
  const directory = await mkdtemp(join(tmpdir(), 'statelite-tabedit-'));
  const file = join(directory, `${table.name}.csv`);
  await writeFile(file, text, { mode: 0o600 });
  let keep = false;
  try {
    for (;;) {
      await editor.edit(file);
      const edited = await readText(file);
      if (edited === text) return false;
      if (await restored(context, editor, { table, before, edited, file })) return true;
    }
  } catch (error) {
    keep = await wasEdited(file, text);
    if (keep) context.log.error(`the edited text is kept in ${file}`);
    throw error;
  } finally {
    if (!keep) await rm(directory, { recursive: true });
  }
}

interface Edited {
  readonly table: Table;
  readonly before: readonly Readonly<Record<string, string | null>>[];
  readonly edited: string;
  readonly file: string;
}

/** Stores the text; false if it is refused and the administrator edits it again. */
async function restored(context: Context, editor: Editor, given: Edited): Promise<boolean> {
  let stored: Stored;
  try {
    stored = await context.store().transaction((rows) => store(rows, given));
  } catch (error) {
    const hopeless = !(error instanceof StateliteError) || error.code === 'ERR_STATELITE_DATABASE';
    if (hopeless || !editor.interactive) throw error;
    for (const line of explainError(error)) context.log.error(line);
    if (await editor.ask('Edit the file again?')) return false;
    throw new StateliteError(error.code, `the ${given.table.name} table was not changed`, {
      hint: 'the lines above say why',
    });
  }
  if (stored.meanwhile.length > 0) refuseChanges(given.table, stored.meanwhile);
  for (const warning of stored.warnings) context.log.warn(warning);
  return true;
}

interface Stored {
  /** What somebody else changed while the table was in the editor: then nothing is stored. */
  readonly meanwhile: readonly string[];
  readonly warnings: readonly string[];
}

async function store(rows: Rows, { table, before, edited, file }: Edited): Promise<Stored> {
  const csv = parseCsv(edited, table, file);
  const meanwhile = changedRows(table, before, await rows.select(table));
  if (meanwhile.length > 0) return { meanwhile, warnings: [] };
  return { meanwhile, warnings: await restoreRows(rows, table, csv, { name: file, add: false }) };
}

function refuseChanges(table: Table, changes: readonly string[]): never {
  throw new StateliteError(
    'ERR_STATELITE_TABLE',
    `somebody else changed ${table.name} meanwhile: ${changes.join('; ')}`,
    { hint: `statelite log ${table.name} says who; tabedit ${table.name} again` },
  );
}

function textOf(table: Table, rows: Edited['before']): string {
  return `${formatCsv(table, rows).join('\n')}\n`;
}

async function wasEdited(file: string, text: string): Promise<boolean> {
  try {
    return (await readText(file)) !== text;
  } catch (error) {
    if (!hasCode(error, 'ERR_STATELITE_NOT_FOUND')) throw error;
    return false;
  }
}
