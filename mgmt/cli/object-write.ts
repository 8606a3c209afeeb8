import type { Context } from './context.ts';
import type { Mode } from '../core/objects/assignments.ts';
import type { RowChange, Wanted } from '../core/objects/changes.ts';
import type { Objects } from '../core/objects/definition.ts';
import { type OnExisting, planObjects } from '../core/objects/plan.ts';
import { type ObjectType, objectTypes } from '../core/objects/types.ts';
import type { Rows } from '../db/store.ts';
import type { NewRow, Table, Where } from '../db/table.ts';
import { type TableName, tables } from '../db/tables.ts';
import { checkedTogether, withNewProblems } from './litefile-problems.ts';
import { readObjects } from './object-read.ts';
import { rowWarnings } from './warn-of-rows.ts';

/** Objects of one type that are to be made or changed. */
export interface Request {
  readonly type: ObjectType;
  /** The noderange, if that is all that is read of node tables. */
  readonly range?: string | undefined;
  /** Which objects, given what there is, and their attributes. */
  readonly wantedIn: (objects: Objects) => Promise<readonly Wanted[]>;
}

/** What was done, by type. */
export interface Written {
  readonly names: readonly { readonly type: string; readonly name: string }[];
  readonly created: readonly string[];
}

/**
 * Makes or changes objects in one transaction, type by type in the order of `objectTypes`: a group
 * can name nodes that the same command makes. New problems of the litefile table are warnings.
 */
export async function writeObjects(
  context: Context,
  requests: readonly Request[],
  how: { readonly mode: Mode; readonly onExisting: OnExisting },
): Promise<Written> {
  const byType = Map.groupBy(requests, ({ type }) => type);
  return inTransaction(context, [...byType.keys()], async (rows, warn) => {
    const names: { type: string; name: string }[] = [];
    const created: string[] = [];
    for (const type of Object.values(objectTypes)) {
      const ofType = byType.get(type) ?? [];
      if (ofType.length === 0) continue;
      const range = ofType.length === 1 ? ofType[0]?.range : undefined;
      const objects = await readObjects(rows, context.settings, tablesOf(type), range);
      const wanted: Wanted[] = [];
      for (const { wantedIn } of ofType) wanted.push(...(await wantedIn(objects)));
      const plan = planObjects(type, wanted, how, objects);
      await applyChanges(rows, plan.changes, warn);
      names.push(...wanted.map(({ name }) => ({ type: type.name, name })));
      created.push(...plan.created);
    }
    return { names, created };
  });
}

/** Runs changes of objects of these types in one transaction; what is then wrong is warned of. */
export async function inTransaction<T>(
  { store, log }: Pick<Context, 'store' | 'log'>,
  types: readonly ObjectType[],
  work: (rows: Rows, warn: (message: string) => void) => Promise<T>,
): Promise<T> {
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const isChecked = types.some((type) =>
    type.tables.some((name) => checkedTogether.includes(name)),
  );
  const { changed, problems } = await store().transaction(async (rows) =>
    isChecked
      ? withNewProblems(rows, () => work(rows, warn))
      : { changed: await work(rows, warn), problems: [] },
  );
  for (const problem of [...warnings, ...problems]) log.warn(problem);
  return changed;
}

/** Every table that is read to know objects of a type and what they inherit. */
export function tablesOf(type: ObjectType): readonly TableName[] {
  if (type.name === 'osimage') return [...type.tables, 'osdistro']; // -u looks for what was copied
  const ofNodes = type.name === 'node' || type.name === 'group';
  return ofNodes ? [...type.tables, 'nodelist', 'nodegroup'] : type.tables;
}

/** Writes planned changes: rows that go make room for others first. Says what is odd about the rows. */
export async function applyChanges(
  rows: Rows,
  changes: readonly RowChange[],
  warn: (message: string) => void,
): Promise<void> {
  for (const change of changes) {
    if (change.kind === 'remove') await rows.remove(anyTable(change.table), where(change.where));
  }
  const sets = changes.filter((change) => change.kind === 'set');
  for (const [table, ofTable] of Map.groupBy(sets, (change) => change.table)) {
    await rows.upsertAll(
      anyTable(table),
      ofTable.map(({ row }) => newRow(row)),
    );
  }
  for (const [table, ofTable] of Map.groupBy(sets, (change) => change.table)) {
    const written = ofTable.map(({ row }) => row);
    for (const warning of await rowWarnings(rows, table, written)) warn(warning);
  }
}

function anyTable(name: TableName): Table {
  return tables[name];
}

// Columns of any table are text; which table takes which is checked when it is stored.
function where(values: Readonly<Record<string, string | null>>): Where<Table> {
  return values;
}

function newRow(values: Readonly<Record<string, string | null>>): NewRow<Table> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the key is among them
  return values as NewRow<Table>;
}
