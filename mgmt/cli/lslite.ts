import { StateliteError } from '../../agent/errors.ts';
import { answerFor, type Statemnt, statemntOf } from '../core/answer-for.ts';
import { withCommands } from '../commands/with-commands.ts';
import type { Cluster } from '../core/cluster.ts';
import { suggest } from '../core/nearest.ts';
import {
  type StockFile,
  stockFileLine,
  type StockTree,
  stockTreeLine,
  stockTrees,
} from '../core/stock-lines.ts';
import { readCluster } from '../db/read-cluster.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { eachNode } from './each-node.ts';
import { printJson, withJson } from './json.ts';
import { nodesOf } from './nodes-of.ts';
import { printLines } from './print-lines.ts';

const indent = ' '.repeat(8);

export const lslite = (context: Context) =>
  command({
    command: 'lslite [noderange]',
    describe: 'Show which files nodes or an image will get, and from where',
    options: (yargs) =>
      withJson(yargs)
        .positional('noderange', { type: 'string', describe: 'Nodes, e.g. cn01-cn08,login' })
        .option('image', { alias: 'i', type: 'string', requiresArg: true, describe: 'An osimage' })
        .option('verbose', {
          alias: 'V',
          type: 'boolean',
          default: false,
          describe: 'Accepted, as xCAT does; statelite explain tells more',
        })
        .conflicts('image', 'noderange')
        .check(({ image, noderange }) => {
          if (!image && !noderange) throw new Error('name a noderange or --image');
          return true;
        }),
    run: async ({ image, noderange, json }) => {
      const cluster = await readCluster(context.store(), context.settings);
      if (image !== undefined) {
        const files = filesOf(image, cluster);
        if (json) return printJson(context, { image, litefile: files });
        return files.forEach((file) => context.print(indent + stockFileLine(file)));
      }
      const summaries: Summary[] = [];
      const nodes = nodesOf(context, cluster, noderange ?? '');
      const resolved = await withCommands(cluster, nodes);
      await eachNode(context, nodes, (node) => {
        const summary = summaryOf(node, resolved);
        if (json) summaries.push(summary);
        else printLines(context, summaryLines(summary));
      });
      if (json) printJson(context, summaries);
    },
  });

interface Summary {
  readonly node: string;
  readonly image: string;
  readonly statelite: Statemnt | undefined;
  readonly litefile: readonly StockFile[];
  readonly litetree: readonly StockTree[];
}

function summaryOf(node: string, cluster: Cluster): Summary {
  const { image, litetree } = answerFor(node, cluster);
  return {
    node,
    image,
    statelite: statemntOf(node, cluster),
    litefile: cluster.rowsFor(image).stockFiles(),
    litetree: stockTrees(litetree),
  };
}

/** Blank lines are where xCAT has them. */
function summaryLines({ node, image, statelite, litefile, litetree }: Summary): string[] {
  return [
    `>>>Node: ${node}`,
    '',
    `Osimage: ${image}`,
    '',
    'Persistent directory (statelite table):',
    ...(statelite === undefined ? [] : [indent + statelite.location]),
    '',
    '',
    'Litefiles (litefile table):',
    ...litefile.map((file) => indent + stockFileLine(file)),
    '',
    '',
    'Litetree path (litetree table):',
    ...litetree.map((tree) => `${indent}${tree.priority}, ${stockTreeLine(tree)}`),
    '',
    '',
  ];
}

function filesOf(image: string, cluster: Cluster): readonly StockFile[] {
  const names = cluster.rows.osimage.map(({ imagename }) => imagename);
  if (names.includes(image)) return cluster.rowsFor(image).stockFiles();
  throw new StateliteError(
    'ERR_STATELITE_NOT_FOUND',
    `The osimage named '${image}' is not defined.`,
    {
      hint: suggest(
        image,
        names,
        names.length > 0 ? `there are ${names.join(', ')}` : 'genimage makes one',
      ),
    },
  );
}
