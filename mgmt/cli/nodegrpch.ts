import { StateliteError } from '../../agent/errors.ts';
import type { Cluster, NodeRow, NodeTableName } from '../core/cluster.ts';
import { membersOf } from '../core/dynamic-group.ts';
import { splitList } from '../core/list.ts';
import { suggest } from '../core/nearest.ts';
import { groupChangesOf, type NodeAssignment, overriddenIn } from '../core/node-assignments.ts';
import type { Rows } from '../db/store.ts';
import type { Table } from '../db/table.ts';
import { tables } from '../db/tables.ts';
import {
  type ChangedRow,
  nodeAssignments,
  ownRows,
  type RowChange,
  warningsFor,
  writeRows,
} from './change-nodes.ts';
import { clusterIn } from './cluster-in.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';

export const nodegrpch = (context: Context) =>
  command({
    command: 'nodegrpch <groups> <assignments..>',
    describe: 'Set columns for groups, and blank them in the rows of the members',
    options: (yargs) =>
      withJson(yargs)
        .positional('groups', {
          type: 'string',
          demandOption: true,
          describe: 'Groups, separated by commas',
        })
        .positional('assignments', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'table.column=value ...; lists can only be set as a whole',
        }),
    run: async ({ groups: list, assignments: words, json }) => {
      if (list.trim() === '')
        throw new StateliteError('ERR_STATELITE_USAGE', 'the groups are blank');
      const assignments = nodeAssignments(words);
      assignments.forEach(refuseForGroups);
      const { changed, warnings } = await context.store().transaction(async (rows) => {
        const { all, cluster } = await clusterIn(rows, context.settings);
        const groups = groupsNamed(list, cluster);
        const members = new Set(groups.flatMap((group) => membersOf(group, cluster) ?? []));
        const done: ChangedRow[] = [];
        for (const [table, ofTable] of Map.groupBy(assignments, (each) => each.table)) {
          const rowOf = ownRows(all, table);
          const changes = groups.map((name): RowChange => {
            const own = rowOf.get(name);
            return { name, own, changes: groupChangesOf(ofTable, own) };
          });
          done.push(...(await writeRows(rows, table, changes)));
          done.push(...(await clearMembers(rows, table, members, rowOf, ofTable)));
        }
        return { changed: done, warnings: await warningsFor(rows, done) };
      });
      for (const warning of warnings) context.log.warn(warning);
      if (json) printJson(context, changed);
    },
  });

/** Words cannot be added for the members one by one: they all get the one list of the group. */
function refuseForGroups({ table, column, operator, value }: NodeAssignment): void {
  const text = `${table}.${column}${operator}${value}`;
  if (table === 'nodelist') {
    throw new StateliteError('ERR_STATELITE_USAGE', `${text}: nodelist is not inherited`, {
      hint: 'nodech sets it for the members',
    });
  }
  if (operator === '=') return;
  throw new StateliteError('ERR_STATELITE_USAGE', `${text}: a group takes no ${operator}`, {
    hint: `write the whole list: ${table}.${column}=...`,
  });
}

/** Throws ERR_STATELITE_NODERANGE for a name that is no group. */
function groupsNamed(list: string, cluster: Cluster): string[] {
  const names = splitList(list);
  const unknown = names.filter((name) => !cluster.groups.has(name));
  const [first] = unknown;
  if (first === undefined) return names;
  throw new StateliteError(
    'ERR_STATELITE_NODERANGE',
    `Invalid nodes and/or groups in noderange: ${unknown.join(',')}`,
    { hint: suggest(first, cluster.groups.keys(), 'a group is a word in nodelist.groups') },
  );
}

/**
 * Leaves the members without values of their own where the group has them now; no row is made for
 * that. A row that cannot be without such a value goes as a whole.
 */
async function clearMembers(
  rows: Rows,
  table: NodeTableName,
  members: Iterable<string>,
  rowOf: ReadonlyMap<string, NodeRow>,
  assignments: readonly NodeAssignment[],
): Promise<ChangedRow[]> {
  const spec: Table = tables[table];
  const changes: RowChange[] = [];
  const gone: string[] = [];
  for (const name of members) {
    const own = rowOf.get(name);
    const columns = own === undefined ? [] : overriddenIn(assignments, own);
    if (columns.some((column) => spec.columns[column]?.required)) gone.push(name);
    else changes.push({ name, own, changes: blank(columns) });
  }
  for (const node of gone) await rows.remove(spec, { node });
  return writeRows(rows, table, changes);
}

function blank(columns: readonly string[]): NodeRow {
  return Object.fromEntries(columns.map((column) => [column, null]));
}
