import { resolve } from 'node:path';
import { readCluster } from '../db/read-cluster.ts';
import { interruptible } from '../image/genimage/interruptible.ts';
import { importImage } from '../image/port/import-image.ts';
import { checked, fetchFile } from '../image/port/remote.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { pathGiven } from './given-path.ts';
import { nodesOf } from './nodes-of.ts';

export const imgimport = (context: Context) =>
  command({
    command: 'imgimport <archive>',
    describe: 'Make an image out of an archive of imgexport, here or of xCAT',
    options: (yargs) =>
      yargs
        .positional('archive', {
          type: 'string',
          demandOption: true,
          describe: 'The .tgz; with -R its path on the other machine',
        })
        .option('profile', {
          alias: 'f',
          type: 'string',
          requiresArg: true,
          describe:
            'Another profile: the image becomes <osvers>-<osarch>-statelite-<profile>, its directory and lists are called after it',
        })
        .option('postscripts', {
          alias: 'p',
          type: 'string',
          requiresArg: true,
          describe:
            'Nodes that get the postscripts and postbootscripts of the archive (imgexport -p), but for those that all nodes have',
        })
        .option('remotehost', {
          alias: 'R',
          type: 'string',
          requiresArg: true,
          describe: 'user@host: the archive is fetched from there with scp',
        })
        .option('noosimage', {
          alias: 'n',
          type: 'boolean',
          default: false,
          describe: 'Only files: no rows of osimage, linuximage, litefile, litetree are written',
        })
        .option('force', {
          type: 'boolean',
          default: false,
          describe:
            'In place of an image of this name, which stays as the earlier generation; files that are different are kept as NAME.ORIG',
        })
        .option('allow', {
          type: 'string',
          array: true,
          nargs: 1,
          default: [],
          describe:
            'A directory below which extra files of the archive may be put, besides installdir; repeatable',
        })
        .option('verbose', {
          alias: 'v',
          type: 'boolean',
          default: false,
          describe: 'Name every list and extra file, and the rows that were made',
        })
        .check(({ postscripts, noosimage }) => {
          if (postscripts !== undefined && noosimage) throw new Error('-p cannot go with -n');
          return true;
        }),
    run: async ({ archive, profile, postscripts, remotehost, noosimage, force, ...more }) => {
      const { log, print, progress } = context;
      const store = context.store();
      const cluster = await readCluster(store, context.settings);
      const nodes = postscripts === undefined ? [] : nodesOf(context, cluster, postscripts);
      process.umask(0o022); // an administrator's stricter one must not get into the image
      await interruptible(`imgimport ${archive}`, async (signal) => {
        const here = pathGiven(context, 'the archive', archive);
        const host = remotehost === undefined ? undefined : checked(remotehost);
        const wish = {
          archive:
            host === undefined
              ? here
              : { fetch: (to: string) => fetchFile(host, archive, to, signal) },
          installdir: resolve(cluster.site.installdir),
          profile,
          force,
          definitions: !noosimage,
          extraBelow: more.allow.map((path) => pathGiven(context, '--allow', path)),
          nodes,
        };
        const { plan, rows, warnings } = await importImage(wish, { store, signal, progress });
        progress.done(`${plan.image}: in ${plan.rootimgdir}`);
        for (const warning of warnings) log.warn(warning);
        if (more.verbose) {
          for (const { to } of [...plan.lists, ...plan.extra]) print(to);
          if (rows) print(`${rows.litefile} litefile rows, ${rows.litetree} litetree rows`);
        }
        print(`Successfully imported the image ${plan.image}.`);
        if (rows) print(`next: liteimg ${plan.image}, then nodeset <nodes> osimage=${plan.image}`);
      });
    },
  });
