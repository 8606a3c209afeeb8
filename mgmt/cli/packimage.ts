import { StateliteError } from '../../agent/errors.ts';
import type { Cluster } from '../core/cluster.ts';
import { readCluster } from '../db/read-cluster.ts';
import { interruptible } from '../image/genimage/interruptible.ts';
import { withImageLock } from '../image/genimage/lock.ts';
import { type Profile, resolveProfileFile } from '../image/genimage/profile-file.ts';
import { type ImagePlace, imagePlace, rootOf } from '../image/pack/image-place.ts';
import { describePacked, packImage, planPack } from '../image/pack/pack-image.ts';
import { compressions, methods, packingFor } from '../image/pack/packing.ts';
import { rootLoginOf } from '../image/pack/root-login-of.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';

export const packimage = (context: Context) =>
  command({
    command: 'packimage [image]',
    describe:
      'Pack the root of a stateless image (provmethod netboot); liteimg packs statelite ones',
    options: (yargs) =>
      yargs
        .positional('image', {
          type: 'string',
          describe: 'An osimage; without one, name -o, -a and -p',
        })
        .option('method', {
          alias: 'm',
          choices: methods,
          default: 'cpio' as const,
          describe: 'The form: a cpio or tar archive, or a squashfs',
        })
        .option('compress', {
          alias: 'c',
          choices: compressions,
          describe:
            'What compresses it, default gzip, for squashfs zstd; pigz is gzip on all processors',
        })
        .option('nosyncfiles', {
          type: 'boolean',
          default: false,
          describe: 'Do not warn that what osimage.synclists lists is not copied into the root',
        })
        .option('osver', { alias: 'o', type: 'string', describe: 'The system, e.g. debian12' })
        .option('arch', { alias: 'a', type: 'string', describe: 'The architecture, e.g. x86_64' })
        .option('profile', { alias: 'p', type: 'string', describe: 'The profile, e.g. compute' })
        .option('dry-run', {
          alias: 'n',
          type: 'boolean',
          default: false,
          describe: 'Only tell how much would be packed, and to which file',
        })
        .check(({ image, osver, arch, profile }) => {
          const parts = [osver, arch, profile].filter((part) => part !== undefined && part !== '');
          if (image !== undefined && parts.length > 0) {
            throw new Error('-o, -p and -a cannot go with an image');
          }
          if (image === '' || (image === undefined && parts.length < 3)) {
            throw new Error('name an osimage, or -o, -a and -p');
          }
          return true;
        }),
    run: async (args) => {
      const cluster = await readCluster(context.store(), context.settings);
      const { osver: osvers = '', arch: osarch = '', profile = '' } = args;
      const image = await chooseImage(args.image ?? { osvers, osarch, profile }, cluster);
      refuseStatelite(image);
      if (!args.nosyncfiles && image.synclists !== '') {
        context.log.warn(`what ${image.synclists} lists is not copied into the root`);
      }
      const options = {
        image,
        root: await rootOf(image.rootimgdir),
        base: 'rootimg',
        rootLogin: rootLoginOf(cluster),
        ...packingFor(args.method, args.compress),
      } as const;
      await withImageLock(image.rootimgdir, async () => {
        if (args.dryRun) {
          for (const line of await planPack(options)) context.print(line);
          return;
        }
        context.progress.step(`Packing ${options.root}`);
        const packed = await interruptible(`packimage ${image.name}`, async (signal) =>
          packImage({
            ...options,
            signal,
            onProgress: (done, total) =>
              context.progress.update(`${Math.floor((100 * done) / Math.max(total, 1))} %`),
          }),
        );
        context.progress.done(describePacked(packed));
        for (const warning of packed.warnings) context.log.warn(warning);
      });
    },
  });

/**
 * By name, or by os, arch and profile as older versions of xCAT take it (mgmt QUIRK-55): then the
 * exclude list of the profile counts if the image names none.
 */
async function chooseImage(which: string | Profile, cluster: Cluster): Promise<ImagePlace> {
  if (typeof which === 'string') return imagePlace(which, cluster);
  const { osvers, osarch, profile } = which;
  const names = ['netboot', 'statelite'].map((kind) => `${osvers}-${osarch}-${kind}-${profile}`);
  const known = names.find((name) => cluster.rows.osimage.some((row) => row.imagename === name));
  const image = imagePlace(known ?? names[0] ?? '', cluster);
  if (image.exlist.length > 0) return image;
  const found = await resolveProfileFile(which, 'exlist', cluster.site.installdir);
  return found === undefined ? image : { ...image, exlist: [found] };
}

function refuseStatelite({ name, provmethod, rootfstype }: ImagePlace): void {
  if (provmethod === 'netboot' || provmethod === '') return;
  const isStatelite = provmethod.includes('statelite');
  const change = `chtab imagename=${name} osimage.rootfstype=ramdisk, then `;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `osimage ${name} has the provmethod ${provmethod}: packimage packs images with netboot`,
    {
      hint: isStatelite
        ? `${rootfstype === 'ramdisk' ? '' : change}liteimg ${name} packs it`
        : `chtab imagename=${name} osimage.provmethod=netboot`,
    },
  );
}
