import type { Cluster } from '../core/cluster.ts';
import { meantImage, unknownImage } from '../core/unknown-image.ts';
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
      warnOfUnknown(image, cluster, context);
      const { lines, json: value } = imageFiles(image, cluster);
      if (json) printJson(context, value());
      else lines().forEach(context.print);
    },
  });

/** Of an image that is not defined, xCAT prints what it would get: a slip of the pen looks like an answer. */
function warnOfUnknown(image: string, { rows }: Cluster, { log }: Context): void {
  const images = rows.osimage.map(({ imagename }) => imagename);
  if (images.includes(image)) return;
  if (image.trim() === '') throw unknownImage(image, images);
  const meant = meantImage(image, images);
  const hasRows = rows.litefile.some((row) => row.image === image);
  log.warn(
    [
      `there is no osimage ${image}`,
      meant === undefined ? '' : ` (did you mean ${meant}?)`,
      hasRows ? '' : ': only rows for ALL apply',
    ].join(''),
  );
}
