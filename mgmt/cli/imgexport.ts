import { mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import { readCluster } from '../db/read-cluster.ts';
import { interruptible } from '../image/genimage/interruptible.ts';
import { collectImage, parseExtra } from '../image/port/collect.ts';
import { exportImage } from '../image/port/export-image.ts';
import { checked, sendFile } from '../image/port/remote.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { pathGiven } from './given-path.ts';
import { nodesOf } from './nodes-of.ts';

export const imgexport = (context: Context) =>
  command({
    command: 'imgexport <image> [destination]',
    describe: 'Write an image and all that belongs to it into one archive, for imgimport or xCAT',
    options: (yargs) =>
      yargs
        .positional('image', { type: 'string', demandOption: true, describe: 'An osimage' })
        .positional('destination', {
          type: 'string',
          describe:
            'The archive or the directory that it is put into; <image>.tgz here if none is named',
        })
        .option('extra', {
          alias: 'e',
          type: 'string',
          array: true,
          nargs: 1,
          default: [],
          describe:
            'A file or directory that goes along, and where imgimport puts it: FILE[:DIRECTORY], by default where it is here; repeatable',
        })
        .option('postscripts', {
          alias: 'p',
          type: 'string',
          requiresArg: true,
          describe:
            'A node: the names of its postscripts and postbootscripts go along, not the scripts; name these with -e',
        })
        .option('remotehost', {
          alias: 'R',
          type: 'string',
          requiresArg: true,
          describe: 'user@host: the archive is made here and copied there with scp, to destination',
        })
        .option('verbose', {
          alias: 'v',
          type: 'boolean',
          default: false,
          describe: 'Name every file that is written',
        }),
    run: async ({ image, destination, extra, postscripts, remotehost, verbose }) => {
      const { cwd, log, print, progress } = context;
      const cluster = await readCluster(context.store(), context.settings);
      const [node] = postscripts === undefined ? [] : nodesOf(context, cluster, postscripts);
      const extras = await Promise.all(extra.map((word) => parseExtra(word, cwd)));
      const options = { extra: extras, postscriptsOf: node };
      const collection = await collectImage(image, cluster, options);
      const onMember = (name: string) => verbose && print(name);
      await interruptible(`imgexport ${image}`, async (signal) => {
        const write = async (output: string) => {
          const contents = { collection, cluster };
          const made = await exportImage(image, contents, output, { signal, progress, onMember });
          for (const warning of made.warnings) log.warn(warning);
        };
        if (remotehost === undefined) {
          const output = await outputOf(
            image,
            pathGiven(context, 'the destination', destination ?? '.'),
          );
          print(`Exporting ${image} to ${output}...`);
          await write(output);
        } else {
          checked(remotehost);
          print(`Exporting ${image} to ${remotehost}...`);
          const scratch = await mkdtemp(join(cluster.site.get('tmpdir') ?? cwd, '.imgexport-'));
          try {
            const output = join(scratch, `${image}.tgz`);
            await write(output);
            await sendFile(output, remotehost, destination ?? `${image}.tgz`, signal);
          } finally {
            await rm(scratch, { recursive: true });
          }
        }
        print('Done!');
      });
    },
  });

/** In a directory the archive is called like the image. */
async function outputOf(image: string, destination: string): Promise<string> {
  try {
    const isDirectory = (await stat(destination)).isDirectory();
    return isDirectory ? join(destination, `${image}.tgz`) : destination;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return destination;
    throw error;
  }
}
