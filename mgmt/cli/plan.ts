import { plan as planOf, type Plan } from '../../agent/plan/plan.ts';
import { describe } from '../../agent/plan/step.ts';
import { withCommands } from '../commands/with-commands.ts';
import { readCluster } from '../db/read-cluster.ts';
import { thisHost } from '../preview/host.ts';
import { decidePreview, type Preview, previewer } from '../preview/preview.ts';
import { unseenText } from '../preview/unseen.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { eachNode } from './each-node.ts';
import { printJson, withJson } from './json.ts';
import { nodesOf } from './nodes-of.ts';

export const plan = (context: Context) =>
  command({
    command: 'plan <noderange>',
    describe: 'Show the steps that nodes will do at their next boot, before any boots',
    options: (yargs) =>
      withJson(yargs)
        .positional('noderange', {
          type: 'string',
          demandOption: true,
          describe: 'Nodes and groups, e.g. compute,login[01-04]',
        })
        .option('why', {
          type: 'boolean',
          default: false,
          describe: 'Also show the row and the sources behind each step',
        }),
    run: async ({ noderange, why, json }) => {
      const cluster = await readCluster(context.store(), context.settings);
      const nodes = nodesOf(context, cluster, noderange);
      const previewOf = previewer(await withCommands(cluster, nodes), await thisHost());
      const plans: object[] = [];
      await eachNode(context, nodes, async (node) => {
        const preview = await previewOf(node);
        const decided = await decidePreview(preview, planOf);
        if (json) plans.push(planAsJson(preview, decided));
        else planLines(preview, decided, why).forEach(context.print);
      });
      if (json) printJson(context, plans);
    },
  });

function planLines({ answer, unseen }: Preview, { steps, notices }: Plan, why: boolean): string[] {
  return [
    `${answer.node}: osimage ${answer.image}, ${steps.length} steps`,
    ...unseen.map((one) => `  not seen from here, taken as empty: ${unseenText(one)}`),
    ...notices.map(({ level, message }) => `  ${level}: ${message}`),
    ...steps.flatMap((step) => [
      `  ${describe(step)}`,
      ...(why && step.why !== undefined ? [`      ${step.why}`] : []),
    ]),
  ];
}

function planAsJson({ answer, unseen }: Preview, { steps, notices, counts }: Plan): object {
  return {
    node: answer.node,
    image: answer.image,
    entries: counts,
    unseen,
    notices,
    steps: steps.map((step) => ({ step: describe(step), why: step.why })),
  };
}
