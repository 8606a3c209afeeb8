import { join } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import { loadNative } from '../../agent/native/load.ts';
import { tmpdir } from 'node:os';
import type { Cluster } from '../core/cluster.ts';
import { readCluster } from '../db/read-cluster.ts';
import { imageTree } from '../image/genimage/inside.ts';
import { interruptible } from '../image/genimage/interruptible.ts';
import { withImageLock } from '../image/genimage/lock.ts';
import { composedName } from '../image/genimage/spec.ts';
import { type Change, describeChange } from '../image/liteimg/changes.ts';
import { liteimg as runLiteimg, type LiteimgWish, planLiteimg } from '../image/liteimg/liteimg.ts';
import {
  noteOnNodeScripts,
  planNodeScripts,
  writeNodeScripts,
} from '../image/node-scripts/node-scripts.ts';
import { type ImagePlace, imagePlace, liteImageName, rootOf } from '../image/pack/image-place.ts';
import {
  describePacked,
  packImage,
  type PackImageOptions,
  planPack,
} from '../image/pack/pack-image.ts';
import {
  compressions,
  methods,
  type Packing,
  packingFor,
  refuseUnbootable,
} from '../image/pack/packing.ts';
import { rootLoginOf } from '../image/pack/root-login-of.ts';
import { archHere } from './arch-here.ts';
import { readAuthority } from './authority.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { printJson, withJson } from './json.ts';
import { needsRoot } from './needs-root.ts';

export const liteimg = (context: Context) =>
  command({
    command: 'liteimg [image]',
    describe: 'Prepare a root image for the litefile table: run it after every change of the table',
    options: (yargs) =>
      withJson(yargs)
        .positional('image', {
          type: 'string',
          describe: 'An osimage, or <os>-<arch>-<profile>; without one, name -o and -p',
        })
        .option('osver', { alias: 'o', type: 'string', describe: 'The system, e.g. debian12' })
        .option('arch', {
          alias: 'a',
          type: 'string',
          describe: "The architecture, e.g. x86_64; this machine's",
        })
        .option('profile', { alias: 'p', type: 'string', describe: 'The profile, e.g. compute' })
        .option('rootfstype', {
          alias: 't',
          choices: ['nfs', 'ramdisk'] as const,
          describe:
            'Where nodes have their root, if osimage.rootfstype does not say: ramdisk packs it',
        })
        .option('method', {
          alias: 'm',
          choices: methods,
          describe:
            'How a root for ramdisk is packed, default cpio; squashfs takes least memory on nodes: they mount it and unpack nothing',
        })
        .option('compress', {
          alias: 'c',
          choices: compressions,
          describe: 'What compresses it, default gzip, for squashfs zstd; zstd unpacks quickest',
        })
        .option('dry-run', {
          alias: 'n',
          type: 'boolean',
          default: false,
          describe: 'Only tell what would change, path by path, and what would be packed',
        })
        .option('dryrun', { type: 'boolean', default: false, hidden: true }) // as genimage has it
        .check(({ image, osver, arch, profile }) => {
          const parts = [osver, arch, profile].filter((part) => part !== undefined && part !== '');
          if (image !== undefined && parts.length > 0) {
            throw new Error(
              '-o, -p and -a options are not allowed when an image name is specified',
            );
          }
          const isComposed = [osver, profile, arch ?? 'here'].every((part = '') => part !== '');
          if (image === '' || (image === undefined && !isComposed))
            throw new Error('name an osimage, or -o and -p');
          return true;
        }),
    run: async ({ image, osver: osvers = '', arch, profile = '', json, ...flags }) => {
      const dryRun = flags.dryRun || flags.dryrun;
      if (!dryRun) needsRoot('liteimg', 'it moves files of a root image and keeps their owners');
      const cluster = await readCluster(context.store(), context.settings);
      const name = image ?? composedName({ osvers, osarch: arch ?? archHere(), profile });
      const place = imagePlace(liteImageName(name, cluster), cluster);
      refuseOther(place);
      const packing = packingOf(place, flags);
      const wish = await wishOf(place, cluster);
      const { root } = wish;
      await withImageLock(place.rootimgdir, async () => {
        context.progress.step(dryRun ? `Looking at ${root} ...` : `Modifying ${root} ...`);
        const result = await (dryRun ? planLiteimg(wish) : runLiteimg(wish, loadNative(tmpdir())));
        const { entries, notes, changes } = result;
        const size = entries.entries.size;
        const count = `${size} ${size === 1 ? 'entry' : 'entries'}`;
        context.progress.done(
          dryRun ? `Looked at ${root}: nothing was changed` : `Modifying ${root} done: ${count}`,
        );
        for (const note of notes) context.log.info(note);
        const scripts = await planNodeScripts(imageTree(root), await readAuthority(context));
        if (!dryRun) await writeNodeScripts(imageTree(root), scripts);
        if (scripts.length > 0) {
          const paths = scripts.map(({ path }) => path).join(', ');
          context.log.info(`what nodes run after they have booted: ${paths}`);
          const note = await noteOnNodeScripts(imageTree(root));
          if (note !== undefined) context.log.warn(note);
        }
        if (dryRun && !json) printPlan(context, changes);
        const packed =
          packing === undefined
            ? undefined
            : await pack(context, { ...packing, image: place, root }, dryRun);
        if (!json) return;
        const listed = [...entries.entries.values()].map(
          ({ path, written, option, type, original }) => ({
            path,
            written,
            option,
            type,
            original,
          }),
        );
        printJson(context, {
          image: place.name,
          root,
          dryRun,
          entries: listed,
          notes,
          changes,
          packed,
        });
      });
    },
  });

/** How a root is packed; undefined for an image whose nodes have it over NFS. */
function packingOf(
  { name, rootfstype }: ImagePlace,
  flags: {
    readonly rootfstype?: 'nfs' | 'ramdisk' | undefined;
    readonly method?: Packing['format'] | undefined;
    readonly compress?: (typeof compressions)[number] | undefined;
  },
): Packing | undefined {
  const { method, compress } = flags;
  if ((rootfstype === '' ? flags.rootfstype : rootfstype) === 'ramdisk') {
    const packing = packingFor(method, compress);
    refuseUnbootable(packing);
    return packing;
  }
  if (method === undefined && compress === undefined) return undefined;
  throw new StateliteError(
    'ERR_STATELITE_USAGE',
    `-m and -c say how to pack, and nodes have the root of osimage ${name} over NFS`,
    { hint: `chtab imagename=${name} osimage.rootfstype=ramdisk` },
  );
}

async function pack(
  { progress, log, print }: Context,
  how: Pick<PackImageOptions, 'image' | 'root' | 'format' | 'compression'>,
  dryRun: boolean,
) {
  const options = { ...how, base: 'rootimg-statelite' } as const;
  if (dryRun) {
    for (const line of await planPack(options)) print(line);
    return undefined;
  }
  progress.step(`Packing ${how.root}`);
  const packed = await interruptible(`liteimg ${how.image.name}`, async (signal) =>
    packImage({
      ...options,
      signal,
      onProgress: (done, total) =>
        progress.update(`${Math.floor((100 * done) / Math.max(total, 1))} %`),
    }),
  );
  progress.done(describePacked(packed));
  for (const warning of packed.warnings) log.warn(warning);
  if (packed.removed.length > 0) {
    log.warn(`boot files name the packed root: run nodeset for the nodes of ${how.image.name}`);
  }
  return packed;
}

function printPlan({ print }: Context, changes: readonly Change[]): void {
  for (const change of changes) print(describeChange(change));
  if (changes.length === 0) print('nothing to do');
}

async function wishOf(place: ImagePlace, cluster: Cluster): Promise<LiteimgWish> {
  return {
    profile: place.profile,
    image: place.name,
    root: await rootOf(place.rootimgdir),
    rows: cluster.rowsFor(place.name).litefile,
    postscripts: join(cluster.site.installdir, 'postscripts'),
    rootLogin: rootLoginOf(cluster),
  };
}

function refuseOther({ name, provmethod }: ImagePlace): void {
  if (provmethod === '' || provmethod.includes('statelite')) return;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `osimage ${name} has the provmethod ${provmethod}`,
    { hint: `chtab imagename=${name} osimage.provmethod=statelite` },
  );
}
