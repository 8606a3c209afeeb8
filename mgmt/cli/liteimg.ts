import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { loadNative } from '../../agent/native/load.ts';
import { tmpdir } from 'node:os';
import type { Cluster } from '../core/cluster.ts';
import { readCluster } from '../db/read-cluster.ts';
import { imageRowOf } from '../image/genimage/image-row.ts';
import { withImageLock } from '../image/genimage/lock.ts';
import { composedName } from '../image/genimage/spec.ts';
import { liteimg as runLiteimg } from '../image/liteimg/liteimg.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';

export const liteimg = (context: Context) =>
  command({
    command: 'liteimg [image]',
    describe: 'Prepare a root image for the litefile table: run it after every change of the table',
    options: (yargs) =>
      withJson(yargs)
        .positional('image', {
          type: 'string',
          describe: 'An osimage; without one, name -o, -a and -p',
        })
        .option('osver', { alias: 'o', type: 'string', describe: 'The system, e.g. debian12' })
        .option('arch', { alias: 'a', type: 'string', describe: 'The architecture, e.g. x86_64' })
        .option('profile', { alias: 'p', type: 'string', describe: 'The profile, e.g. compute' })
        .check(({ image, osver, arch, profile }) => {
          const parts = [osver, arch, profile].filter((part) => part !== undefined);
          if (image !== undefined && parts.length > 0) {
            throw new Error(
              '-o, -p and -a options are not allowed when an image name is specified',
            );
          }
          if (image === undefined && parts.length < 3)
            throw new Error('name an osimage, or -o, -a and -p');
          return true;
        }),
    run: async ({ image, osver: osvers = '', arch: osarch = '', profile = '', json }) => {
      const cluster = await readCluster(context.store(), context.settings);
      const name = image ?? composedName({ osvers, osarch, profile });
      const place = placeOf(name, cluster);
      const root = await rootOf(place.rootimgdir);
      context.progress.step(`Modifying ${root} ...`);
      const wish = {
        ...place,
        root,
        image: name,
        rows: cluster.rowsFor(name).litefile,
        postscripts: join(cluster.site.installdir, 'postscripts'),
      };
      const { entries, notes } = await withImageLock(place.rootimgdir, () =>
        runLiteimg(wish, loadNative(tmpdir())),
      );
      context.progress.done(`Modifying ${root} done: ${entries.entries.size} entries`);
      for (const note of notes) context.log.info(note);
      if (json)
        printJson(context, { image: name, root, entries: [...entries.entries.values()], notes });
    },
  });

/** The directory of an image and its profile, whatever its distribution is. */
function placeOf(name: string, { rows, site }: Cluster): { rootimgdir: string; profile: string } {
  const row = imageRowOf(name, rows);
  if (row.provmethod !== null && !row.provmethod.includes('statelite')) {
    throw new StateliteError(
      'ERR_STATELITE_IMAGE',
      `osimage ${name} has the provmethod ${row.provmethod}`,
      { hint: `chtab imagename=${name} osimage.provmethod=statelite` },
    );
  }
  const { osvers, osarch, profile, rootimgdir } = row;
  if (rootimgdir !== null) return { rootimgdir, profile: profile ?? '' };
  if (osvers === null || osarch === null || profile === null) {
    throw new StateliteError(
      'ERR_STATELITE_IMAGE',
      `osimage ${name} has no rootimgdir, and not all of osvers, osarch and profile to compose it of`,
      { hint: `chtab imagename=${name} linuximage.rootimgdir=DIRECTORY` },
    );
  }
  return { rootimgdir: join(site.installdir, 'netboot', osvers, osarch, profile), profile };
}

async function rootOf(rootimgdir: string): Promise<string> {
  const root = join(rootimgdir, 'rootimg');
  try {
    return await realpath(root);
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT', 'ENOTDIR')) throw cause;
    throw new StateliteError('ERR_STATELITE_IMAGE', `there is no root image ${root}`, {
      hint: 'build it with genimage first',
    });
  }
}
