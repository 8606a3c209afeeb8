import { StateliteError } from '../../agent/errors.ts';
import { isNodeTable, type NodeTableName } from '../core/cluster.ts';
import { withTable } from '../core/node-assignments.ts';
import { type NodeCondition, parseNodeCondition } from '../core/node-condition.ts';
import { changeNodes, nodeAssignments, warningsFor } from './change-nodes.ts';
import { clusterIn } from './cluster-in.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';
import { holdsFor, nodesOf } from './nodes-of.ts';
import { removeNodeRows } from './remove-node-rows.ts';
import { checkNamed, tableNamed } from './table-arg.ts';

export const nodech = (context: Context) =>
  command({
    command: 'nodech <noderange> <words..>',
    describe: 'Change what is set for nodes; -d removes their rows of tables',
    options: (yargs) =>
      withJson(yargs)
        .positional('noderange', {
          type: 'string',
          demandOption: true,
          describe: 'Nodes and groups, e.g. compute,login[01-04]',
        })
        .positional('words', {
          type: 'string',
          array: true,
          demandOption: true,
          describe:
            'table.column=value; ,= puts words before a comma list, ^= takes words out, =@ sets what begins with =, ~ or @; ==, !=, =~ and !~ choose among the nodes; with -d, tables',
        })
        .option('delete', {
          alias: 'd',
          type: 'boolean',
          default: false,
          describe: "Remove the nodes' rows of the tables",
        }),
    run: async ({ noderange, words, delete: remove, json }) => {
      const { conditions, others } = sortWords(words);
      const gone = remove ? others.map(nodeTable) : [];
      const assignments = remove ? [] : nodeAssignments(others);
      const { changed, warnings } = await context.store().transaction(async (rows) => {
        const tables = await clusterIn(rows, context.settings);
        const nodes = nodesOf(context, tables.cluster, noderange).filter((node) =>
          conditions.every((condition) => holdsFor(condition, node, tables.cluster)),
        );
        if (remove) {
          return { changed: await removeNodeRows(rows, tables.all, nodes, gone), warnings: [] };
        }
        const done = await changeNodes(rows, tables, nodes, assignments);
        return { changed: done, warnings: await warningsFor(rows, done) };
      });
      for (const warning of warnings) context.log.warn(warning);
      if (json) printJson(context, changed);
    },
  });

/** A plain `=` assigns here, whatever it means in a noderange. */
function sortWords(words: readonly string[]): { conditions: NodeCondition[]; others: string[] } {
  const conditions: NodeCondition[] = [];
  const others: string[] = [];
  for (const word of words.map(withTable)) {
    checkNamed(word);
    const isCondition = /^\w+\.\w+(?:==|!=|=~|!~)/u.test(word);
    const condition = isCondition ? parseNodeCondition(word) : undefined;
    if (condition === undefined) others.push(word);
    else conditions.push(condition);
  }
  if (others.length > 0) return { conditions, others };
  throw new StateliteError('ERR_STATELITE_USAGE', 'nodech: nothing to change', {
    hint: 'after the conditions write table.column=value',
  });
}

function nodeTable(name: string): NodeTableName {
  const table = tableNamed(name).name;
  if (isNodeTable(table)) return table;
  throw new StateliteError('ERR_STATELITE_USAGE', `${table} has no rows for nodes`, {
    hint: `chtab -d removes rows of ${table}`,
  });
}
