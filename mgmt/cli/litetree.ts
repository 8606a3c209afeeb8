import { answerFor } from '../core/answer-for.ts';
import { expandNoderange } from '../core/noderange.ts';
import { stockLitetree } from '../core/stock-answer.ts';
import { stockTrees } from '../core/stock-lines.ts';
import { readCluster } from '../db/read-cluster.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { eachNode } from './each-node.ts';
import { printJson, withJson } from './json.ts';

export const litetree = (context: Context) =>
  command({
    command: 'litetree <noderange>',
    describe: 'Show the directories that nodes search for the content of their files',
    options: (yargs) =>
      withJson(yargs).positional('noderange', {
        type: 'string',
        demandOption: true,
        describe: 'Nodes and groups, e.g. compute,login[01-04]',
      }),
    run: async ({ noderange, json }) => {
      const cluster = await readCluster(context.store(), context.settings);
      const answers: object[] = [];
      await eachNode(context, expandNoderange(noderange, cluster), (node) => {
        if (!json) return stockLitetree(node, cluster).forEach(context.print);
        const { image, litetree: rows } = answerFor(node, cluster);
        answers.push({ node, image, litetree: stockTrees(rows) });
      });
      if (json) printJson(context, answers);
    },
  });
