import { isNodeTableName } from '../core/cluster.ts';
import type { Table } from '../db/table.ts';
import { tables } from '../db/tables.ts';
import { afterComma, type Answer, type Candidate, type Names, offer } from './candidates.ts';
import { referred } from './name-words.ts';
import type { ValueSlot } from './slot.ts';

const all: readonly Table[] = Object.values<Table>(tables);

/** The tables; `ending` leads on to their columns. */
export function tableNames(ending = '', of: readonly Table[] = all): Candidate[] {
  return of.map(({ name, doc }) => ({ text: name + ending, note: doc }));
}

/** `table.column`, the table first. */
export function columnName(slot: ValueSlot): Answer {
  return offer(0, columnsFor(slot, ''));
}

/** `table.column=value`, one part after the other; with `-d` a table. */
export async function assignment(slot: ValueSlot, names: Names): Promise<Answer> {
  if (slot.options.has('delete')) return offer(0, tableNames('', tablesFor(slot)));
  const { typed } = slot;
  const end = typed.indexOf('=');
  if (end < 0) return offer(0, columnsFor(slot, '='));
  const [table = '', column = ''] = typed
    .slice(0, end)
    .replace(/[+,^]$/u, '')
    .split('.');
  return offer(Math.max(end + 1, afterComma(typed)), await valuesIn(table, column, names));
}

/** `column=value,column=value`, which names a row: the columns are keys of tables. */
export async function keyPart({ typed, words }: ValueSlot, names: Names): Promise<Answer> {
  const begin = afterComma(typed);
  const [table] = words;
  const meant = all.some(({ name }) => name === table)
    ? all.filter(({ name }) => name === table)
    : all;
  const end = typed.indexOf('=', begin);
  if (end < 0) {
    const columns = new Set(meant.flatMap(({ key }) => key));
    return offer(
      begin,
      Array.from(columns, (column) => ({ text: `${column}=` })),
    );
  }
  const column = typed.slice(begin, end);
  const having = meant.filter(({ key }) => key.includes(column));
  const targets = new Set(
    having.map((each) => each.columns[column]?.refers ?? `${each.name}.${column}`),
  );
  const values = await Promise.all(Array.from(targets, (target) => referred(target, names)));
  return offer(end + 1, [...values.flat(), ...whole(targets)]);
}

/** The values of a column that refers to another one; others may be anything. */
export async function valuesIn(table: string, column: string, names: Names): Promise<Candidate[]> {
  const spec = all.find(({ name }) => name === table);
  const refers =
    spec !== undefined && Object.hasOwn(spec.columns, column)
      ? spec.columns[column]?.refers
      : undefined;
  return refers === undefined ? [] : referred(refers, names);
}

/** Rows of litefile and litetree may be for all images. */
function whole(targets: ReadonlySet<string>): Candidate[] {
  return targets.has('osimage.imagename') ? [{ text: 'ALL', note: 'every image' }] : [];
}

function columnsFor(slot: ValueSlot, ending: string): Candidate[] {
  const of = tablesFor(slot);
  const [name] = slot.typed.split('.');
  const spec = of.find((table) => table.name === name);
  if (spec === undefined || !slot.typed.includes('.')) return tableNames('.', of);
  return Object.entries(spec.columns).map(([column, { doc }]) => ({
    text: `${spec.name}.${column}${ending}`,
    note: doc,
  }));
}

/** What is said of nodes and groups is in the tables that have rows for them. */
function tablesFor({ verb }: ValueSlot): readonly Table[] {
  const aboutNodes = verb.positions.some(({ names }) =>
    names.some((name) => name === 'noderange' || name === 'groups'),
  );
  return aboutNodes ? all.filter(({ name }) => isNodeTableName(name)) : all;
}
