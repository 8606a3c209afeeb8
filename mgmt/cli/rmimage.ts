import { join } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import type { Cluster } from '../core/cluster.ts';
import { leftoversOf, removalOf } from '../core/objects/remove.ts';
import { objectTypes } from '../core/objects/types.ts';
import { readCluster } from '../db/read-cluster.ts';
import { tables } from '../db/tables.ts';
import { withImageLock } from '../image/genimage/lock.ts';
import { imagePlace, imagesIn } from '../image/pack/image-place.ts';
import { removeImage } from '../image/pack/remove-image.ts';
import { nodesRunning } from '../image/pack/running.ts';
import { reportReader } from '../reports/read.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { readObjects } from './object-read.ts';
import { applyChanges, inTransaction } from './object-write.ts';

/** An image to remove. */
interface Doomed {
  /** Undefined if it was given by os, arch and profile. */
  readonly name: string | undefined;
  readonly rootimgdir: string;
  /** What boot loaders fetch of it. */
  readonly payload: string;
}

export const rmimage = (context: Context) =>
  command({
    command: 'rmimage [image]',
    describe:
      'Remove the files of an image: its root, kernel, initramfs, packed roots, generations',
    options: (yargs) =>
      yargs
        .positional('image', {
          type: 'string',
          describe: 'An osimage; without one, name -o, -a and -p',
        })
        .option('xcatdef', {
          type: 'boolean',
          default: false,
          describe: 'Remove the definition of the osimage too',
        })
        .option('osver', { alias: 'o', type: 'string', describe: 'The system, e.g. debian12' })
        .option('arch', { alias: 'a', type: 'string', describe: 'The architecture, e.g. x86_64' })
        .option('profile', { alias: 'p', type: 'string', describe: 'The profile, e.g. compute' })
        .option('force', {
          alias: 'f',
          type: 'boolean',
          default: false,
          describe: 'Also if nodes run it by their last report: those with an NFS root will hang',
        })
        .option('verbose', {
          alias: 'V',
          type: 'boolean',
          default: false,
          describe: 'Name what is removed',
        })
        .check(({ image, osver, arch, profile, xcatdef }) => {
          const parts = [osver, arch, profile].filter((part) => part !== undefined && part !== '');
          if (image !== undefined && parts.length > 0) {
            throw new Error('-o, -p and -a cannot go with an image');
          }
          if (image === '' || (image === undefined && parts.length < 3)) {
            throw new Error('name an osimage, or -o, -a and -p');
          }
          if (xcatdef && image === undefined)
            throw new Error('--xcatdef takes the name of an osimage');
          return true;
        }),
    run: async ({ image, osver = '', arch = '', profile = '', force, verbose, xcatdef }) => {
      const cluster = await readCluster(context.store(), context.settings);
      const doomed =
        image === undefined ? byParts([osver, arch, profile], cluster) : byName(image, cluster);
      const sharing = await imagesIn(doomed.rootimgdir, cluster);
      await withImageLock(doomed.rootimgdir, async () => {
        await refuseRunning(
          context,
          new Set([...sharing, ...(image === undefined ? [] : [image])]),
          force,
        );
        context.progress.step(`Removing the image in ${doomed.rootimgdir}`);
        const removed = await removeImage(doomed.rootimgdir, doomed.payload);
        context.progress.done(`Removed the image in ${doomed.rootimgdir}`);
        if (verbose) for (const place of removed) context.print(place);
      });
      if (image !== undefined && xcatdef) await removeDefinition(context, image);
      const left = sharing.filter((name) => !(xcatdef && name === image) && name !== image);
      if (left.length > 0) {
        context.log.warn(`there are no files any more for: ${left.join(', ')}, which shared them`);
      }
      context.log.info('copies of it on other servers stay: remove them there');
    },
  });

function byName(name: string, cluster: Cluster): Doomed {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._+-]*$/u.test(name)) {
    throw new StateliteError(
      'ERR_STATELITE_USAGE',
      `${JSON.stringify(name)} is no name of an image`,
    );
  }
  const { rootimgdir } = imagePlace(name, cluster);
  return { name, rootimgdir, payload: join(cluster.site.tftpdir, 'xcat/osimage', name) };
}

/** The files have to be where they usually are. */
function byParts(parts: readonly string[], { site }: Cluster): Doomed {
  const odd = parts.find((part) => !/^[A-Za-z0-9_][A-Za-z0-9._+-]*$/u.test(part));
  if (odd !== undefined) {
    throw new StateliteError('ERR_STATELITE_USAGE', `${JSON.stringify(odd)} is no plain word`);
  }
  return {
    name: undefined,
    rootimgdir: join(site.installdir, 'netboot', ...parts),
    payload: join(site.tftpdir, 'xcat/netboot', ...parts),
  };
}

async function refuseRunning(
  { settings, log }: Context,
  images: ReadonlySet<string>,
  force: boolean,
): Promise<void> {
  const reader = reportReader(join(settings.state, 'reports'));
  const running = await nodesRunning(images, reader);
  if (running.length === 0) return;
  const some = running.slice(0, 10).join(', ');
  const rest = running.length > 10 ? ` and ${running.length - 10} more` : '';
  const words = `by their last report, nodes run ${[...images].join(', ')}: ${some}${rest}`;
  if (force) {
    log.warn(words);
    return;
  }
  throw new StateliteError('ERR_STATELITE_IMAGE', words, {
    hint: 'boot them with another image first, or remove it all the same with --force',
  });
}

async function removeDefinition(context: Context, name: string): Promise<void> {
  const every = Object.values(tables).map((table) => table.name);
  await inTransaction(context, [objectTypes.osimage], async (rows) => {
    const objects = await readObjects(rows, context.settings, every);
    for (const words of leftoversOf([name], objects).words) {
      context.log.warn(`still there: ${words}`);
    }
    await applyChanges(rows, removalOf(objectTypes.osimage, [name], objects), context.log.warn);
  });
}
