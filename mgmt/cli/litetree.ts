import { answerFor } from '../core/answer-for.ts';
import { stockLitetree } from '../core/stock-answer.ts';
import { stockTrees } from '../core/stock-lines.ts';
import type { Context } from './context.ts';
import { nodeList } from './node-list.ts';

export const litetree = (context: Context) =>
  nodeList(context, {
    command: 'litetree <noderange>',
    describe: 'Show the directories that nodes search for the content of their files',
    argument: 'Nodes and groups, e.g. compute,login[01-04]',
    hasCommands: true,
    ofNode: (node, cluster) => ({
      lines: () => stockLitetree(node, cluster),
      json() {
        const { image, litetree: rows } = answerFor(node, cluster);
        return { node, image, litetree: stockTrees(rows) };
      },
    }),
  });
