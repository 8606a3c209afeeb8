import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { bytesOf } from '../../agent/files/bytes.ts';
import { loadNative } from '../../agent/native/load.ts';
import { readCluster } from '../db/read-cluster.ts';
import { interruptible } from '../image/genimage/interruptible.ts';
import { copycds as runCopycds, inspectMedium } from '../media/copycds.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';

export const copycds = (context: Context) =>
  command({
    command: 'copycds <media..>',
    describe: 'Copy installation media to the install directory, and define their osimages',
    options: (yargs) =>
      yargs
        .positional('media', {
          type: 'string',
          array: true,
          demandOption: true,
          describe:
            'ISO files of one distribution, or directories where they are mounted or unpacked',
        })
        .option('path', {
          alias: 'p',
          type: 'string',
          requiresArg: true,
          describe: 'The directory to copy to [<installdir>/<name>/<arch>]',
        })
        .option('name', {
          alias: ['n', 'osver'],
          type: 'string',
          requiresArg: true,
          describe: 'What the distribution is called, e.g. rocky9.4, if not as its medium says',
        })
        .option('arch', {
          alias: 'a',
          type: 'string',
          requiresArg: true,
          describe: 'The architecture, if the medium does not say it; it must not say another one',
        })
        .option('inspection', {
          alias: 'i',
          type: 'boolean',
          default: false,
          describe: 'Only tell what the media are',
        })
        .option('noosimage', {
          alias: 'o',
          type: 'boolean',
          default: false,
          describe: 'Define no osimages',
        })
        .option('nonoverwrite', {
          alias: 'w',
          type: 'boolean',
          default: false,
          describe: 'Do not copy a medium that was copied there before',
        })
        .option('s', { type: 'boolean', hidden: true }) // accepted from old scripts, as xCAT does
        .check(({ media, path, name, arch }) => {
          if (media.includes('')) throw new Error('a medium has no name');
          const blank = Object.entries({ path, name, arch }).find(([, value]) => value === '');
          if (blank !== undefined) throw new Error(`--${blank[0]} is blank`);
          return true;
        }),
    run: async ({ media, path, name, arch, inspection, noosimage, nonoverwrite }) => {
      const { log, print, progress, cwd } = context;
      const paths = media.map((medium) => resolve(cwd, medium));
      await interruptible('copycds', async (signal) => {
        if (inspection) {
          for (const [option, value] of Object.entries({ name, arch })) {
            if (value === undefined) continue;
            log.warn(
              `option --inspection specified, argument specified with option --${option} is ignored`,
            );
          }
          for (const medium of paths)
            for (const line of await inspectMedium(medium, signal)) print(line);
          return;
        }
        const store = context.store();
        const { site } = await readCluster(store, context.settings);
        const native = loadNative(tmpdir());
        await runCopycds(
          {
            media: paths,
            path: path === undefined ? undefined : resolve(cwd, path),
            name,
            arch,
            nonoverwrite,
            images: !noosimage,
          },
          {
            installdir: site.installdir,
            store,
            log,
            print,
            progress,
            exchange: (one, other) => native.exchange(bytesOf(one), bytesOf(other)),
            signal,
          },
        );
      });
    },
  });
