import { isNodeTable } from '../core/cluster.ts';
import { readCluster } from '../db/read-cluster.ts';
import { tables } from '../db/tables.ts';
import { clusterIn } from './cluster-in.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { forgetNodes } from './forget-nodes.ts';
import { printJson, withJson } from './json.ts';
import { nodesOf } from './nodes-of.ts';
import { removeNodeRows } from './remove-node-rows.ts';

export const noderm = (context: Context) =>
  command({
    command: 'noderm <noderange>',
    describe: 'Remove nodes from every table',
    options: (yargs) =>
      withJson(yargs).positional('noderange', {
        type: 'string',
        demandOption: true,
        describe: 'Nodes and groups; of a group, the members are removed',
      }),
    run: async ({ noderange, json }) => {
      const nodeTables = Object.values(tables)
        .map(({ name }) => name)
        .filter(isNodeTable);
      const done = await context.store().transaction(async (rows) => {
        const { all, cluster } = await clusterIn(rows, context.settings);
        const nodes = nodesOf(context, cluster, noderange);
        return { nodes, tables: await removeNodeRows(rows, all, nodes, nodeTables) };
      });
      const after = await readCluster(context.store(), context.settings);
      await forgetNodes(context, after, done.nodes);
      if (json) printJson(context, done);
    },
  });
