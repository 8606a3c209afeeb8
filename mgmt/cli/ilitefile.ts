import { stockFileLine } from '../core/stock-lines.ts';
import { readCluster } from '../db/read-cluster.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
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
      const files = cluster.rowsFor(image).stockFiles();
      if (json) return printJson(context, { image, litefile: files });
      for (const file of files) context.print(`${image}: ${stockFileLine(file)}`);
    },
  });
