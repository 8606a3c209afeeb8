import { readCluster } from '../db/read-cluster.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { imageFiles } from './image-files.ts';
import { printJson, withJson } from './json.ts';

export const ilitefile = (context: Context) =>
  command({
    command: 'ilitefile <image>',
    describe: 'Show the litefile entries of an image',
    options: (yargs) =>
      withJson(yargs).positional('image', {
        type: 'string',
        demandOption: true,
        describe: 'An osimage, or <os>-<arch>-statelite-<profile>',
      }),
    run: async ({ image, json }) => {
      const cluster = await readCluster(context.store(), context.settings);
      const { lines, json: value } = imageFiles(image, cluster);
      if (json) printJson(context, value());
      else lines().forEach(context.print);
    },
  });
