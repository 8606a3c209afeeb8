import { StateliteError } from '../../agent/errors.ts';
import { type Assignment, parseAssignment } from '../core/assignments.ts';
import { isNodeTable } from '../core/cluster.ts';
import { newNames } from '../core/noderange.ts';
import { validateRow } from '../core/validate-row.ts';
import type { Rows } from '../db/store.ts';
import type { Table } from '../db/table.ts';
import { tables } from '../db/tables.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';
import { checkColumn, tableNamed } from './table-arg.ts';

/** Written without its table, as xCAT has it. */
const groupsPrefix = 'groups=';

export const nodeadd = (context: Context) =>
  command({
    command: 'nodeadd <noderange> <assignments..>',
    describe: 'Add nodes, or change what is set for them',
    options: (yargs) =>
      withJson(yargs)
        .positional('noderange', {
          type: 'string',
          demandOption: true,
          describe: 'Names, e.g. cn[01-16]',
        })
        .positional('assignments', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'groups=compute,all hosts.ip=10.0.0.11 mac.mac=52:54:00:00:00:01 ...',
        })
        .check(({ assignments }) => {
          if (assignments.some((word) => word.startsWith(groupsPrefix))) return true;
          throw new Error('say which groups the nodes are in: groups=compute,all');
        }),
    run: async ({ noderange, assignments: words, json }) => {
      const nodes = newNames(noderange);
      const assignments = words
        .map((word) => (word.startsWith(groupsPrefix) ? `nodelist.${word}` : word))
        .map(parseNodeAssignment);
      await context.store().transaction(async (rows) => {
        for (const node of nodes) await addNode(rows, node, assignments);
      });
      if (json) printJson(context, { nodes });
    },
  });

function parseNodeAssignment(word: string): Assignment {
  const assignment = parseAssignment(word);
  const table = tableNamed(assignment.table);
  checkColumn(table, assignment.column);
  if (isNodeTable(table.name) && assignment.column !== 'node' && !assignment.append) {
    return assignment;
  }
  throw new StateliteError('ERR_STATELITE_USAGE', `${word} cannot be set for a node`, {
    hint: 'chtab changes any row of any table',
  });
}

async function addNode(rows: Rows, node: string, assignments: readonly Assignment[]) {
  validateRow(tables.nodelist.name, { node });
  for (const [name, values] of Map.groupBy(assignments, ({ table }) => table)) {
    const table: Table = tableNamed(name);
    const [before] = await rows.select(table, { node });
    const row = { node, ...Object.fromEntries(values.map(({ column, value }) => [column, value])) };
    validateRow(name, { ...before, ...row });
    await rows.upsert(table, row);
  }
}
