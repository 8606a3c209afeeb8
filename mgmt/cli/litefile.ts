import { imageOf } from '../core/answer-for.ts';
import { expandNoderange } from '../core/noderange.ts';
import { stockLitefile } from '../core/stock-answer.ts';
import { readCluster } from '../db/read-cluster.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { eachNode } from './each-node.ts';
import { printJson, withJson } from './json.ts';

export const litefile = (context: Context) =>
  command({
    command: 'litefile <noderange>',
    describe: 'Show the litefile entries of nodes, as they get them when they boot',
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
        if (!json) return stockLitefile(node, cluster).forEach(context.print);
        const image = imageOf(node, cluster);
        answers.push({ node, image, litefile: cluster.rowsFor(image).stockFiles() });
      });
      if (json) printJson(context, answers);
    },
  });
