import { StateliteError } from '../../agent/errors.ts';
import { isNodeTable } from '../core/cluster.ts';
import { readCluster } from '../db/read-cluster.ts';
import { tables } from '../db/tables.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';

export const tabgrep = (context: Context) =>
  command({
    command: 'tabgrep <node>',
    describe: 'List the tables that have a row for a node, its groups among them, or for a group',
    options: (yargs) =>
      withJson(yargs).positional('node', {
        type: 'string',
        demandOption: true,
        describe: 'A node or a group',
      }),
    run: async ({ node, json }) => {
      const cluster = await readCluster(context.store(), context.settings);
      const names = [node, ...cluster.groupsOf(node)];
      const found = Object.values(tables)
        .map(({ name }) => name)
        .filter(isNodeTable)
        .filter((table) => names.some((name) => cluster.rowOf(table, name) !== undefined));
      if (found.length === 0 && !cluster.groups.has(node)) {
        throw new StateliteError(
          'ERR_STATELITE_NODERANGE',
          `Invalid nodes and/or groups in noderange: ${node}`,
          { hint: 'nodels lists the nodes' },
        );
      }
      if (json) return printJson(context, found);
      for (const table of found) context.print(table);
    },
  });
