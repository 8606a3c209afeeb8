import { withCommands } from '../commands/with-commands.ts';
import type { Cluster } from '../core/cluster.ts';
import { readCluster } from '../db/read-cluster.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { eachNode } from './each-node.ts';
import { printJson, withJson } from './json.ts';
import { nodesOf } from './nodes-of.ts';
import { printLines } from './print-lines.ts';

/** What a verb tells of one node or image: its lines, and the same as a value for --json. */
export interface Told {
  readonly lines: () => readonly string[];
  readonly json: () => object;
}

/** A verb that prints a list for every node of a noderange. */
export interface NodeList {
  /** `litetree <noderange>` */
  readonly command: string;
  readonly describe: string;
  /** What may be written in place of the noderange. */
  readonly argument: string;
  /** The list holds what `#CMD=...#` prints. */
  readonly hasCommands: boolean;
  readonly ofNode: (node: string, cluster: Cluster) => Told;
  /** The list of an osimage, if one is named that is neither node nor group. */
  readonly ofImage?: (image: string, cluster: Cluster) => Told;
}

/** The verb itself. A node that fails does not keep the others from being printed. */
export function nodeList(context: Context, spec: NodeList) {
  return command({
    command: spec.command,
    describe: spec.describe,
    options: (yargs) =>
      withJson(yargs).positional('noderange', {
        type: 'string',
        demandOption: true,
        describe: spec.argument,
      }),
    run: async ({ noderange, json }) => {
      const cluster = await readCluster(context.store(), context.settings);
      const answers: object[] = [];
      const tell = (told: Told) => {
        if (json) answers.push(told.json());
        else printLines(context, told.lines());
      };
      if (spec.ofImage !== undefined && isImage(noderange, cluster)) {
        tell(spec.ofImage(noderange, cluster));
      } else {
        const nodes = nodesOf(context, cluster, noderange);
        const resolved = spec.hasCommands ? await withCommands(cluster, nodes) : cluster;
        await eachNode(context, nodes, (node) => tell(spec.ofNode(node, resolved)));
      }
      if (json) printJson(context, answers);
    },
  });
}

/** The name of a node or group means that, even if an image is called the same. */
function isImage(name: string, { nodes, groups, rows }: Cluster): boolean {
  if (nodes.has(name) || groups.has(name)) return false;
  return rows.osimage.some(({ imagename }) => imagename === name);
}
