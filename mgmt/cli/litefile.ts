import { imageOf } from '../core/answer-for.ts';
import { stockLitefile } from '../core/stock-answer.ts';
import type { Context } from './context.ts';
import { imageFiles } from './image-files.ts';
import { nodeList } from './node-list.ts';

export const litefile = (context: Context) =>
  nodeList(context, {
    command: 'litefile <noderange|image>',
    describe: 'Show the litefile entries of nodes, as they get them when they boot, or of an image',
    argument:
      'Nodes and groups, e.g. compute,login[01-04], or an osimage; a name that is both means the node',
    hasCommands: false,
    ofNode: (node, cluster) => ({
      lines: () => stockLitefile(node, cluster),
      json() {
        const image = imageOf(node, cluster);
        return { node, image, litefile: cluster.rowsFor(image).stockFiles() };
      },
    }),
    ofImage: imageFiles,
  });
