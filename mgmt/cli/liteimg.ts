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
import { type Change, describeChange } from '../image/liteimg/changes.ts';
import { liteimg as runLiteimg, type LiteimgWish, planLiteimg } from '../image/liteimg/liteimg.ts';
import type { RootLogin } from '../image/liteimg/root-login.ts';
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
        .option('dry-run', {
          alias: 'n',
          type: 'boolean',
          default: false,
          describe: 'Only tell what would change, path by path',
        })
        .option('dryrun', { type: 'boolean', default: false, hidden: true }) // as genimage has it
        .check(({ image, osver, arch, profile }) => {
          const parts = [osver, arch, profile].filter((part) => part !== undefined && part !== '');
          if (image !== undefined && parts.length > 0) {
            throw new Error(
              '-o, -p and -a options are not allowed when an image name is specified',
            );
          }
          if (image === '' || (image === undefined && parts.length < 3))
            throw new Error('name an osimage, or -o, -a and -p');
          return true;
        }),
    run: async ({ image, osver: osvers = '', arch: osarch = '', profile = '', json, ...flags }) => {
      const dryRun = flags.dryRun || flags.dryrun;
      const cluster = await readCluster(context.store(), context.settings);
      const name = image ?? composedName({ osvers, osarch, profile });
      const wish = await wishOf(name, cluster);
      const { root, rootimgdir } = wish;
      context.progress.step(dryRun ? `Looking at ${root} ...` : `Modifying ${root} ...`);
      const { entries, notes, changes } = await withImageLock(rootimgdir, async () =>
        dryRun ? planLiteimg(wish) : runLiteimg(wish, loadNative(tmpdir())),
      );
      const size = entries.entries.size;
      const count = `${size} ${size === 1 ? 'entry' : 'entries'}`;
      context.progress.done(
        dryRun ? `Looked at ${root}: nothing was changed` : `Modifying ${root} done: ${count}`,
      );
      for (const note of notes) context.log.info(note);
      if (json) {
        const listed = [...entries.entries.values()].map(
          ({ path, written, option, type, original }) => ({
            path,
            written,
            option,
            type,
            original,
          }),
        );
        printJson(context, { image: name, root, dryRun, entries: listed, notes, changes });
      } else if (dryRun) printPlan(context, changes);
    },
  });

function printPlan({ print }: Context, changes: readonly Change[]): void {
  for (const change of changes) print(describeChange(change));
  if (changes.length === 0) print('nothing to do');
}

async function wishOf(
  name: string,
  cluster: Cluster,
): Promise<LiteimgWish & { readonly rootimgdir: string }> {
  const { rootimgdir, profile } = placeOf(name, cluster);
  return {
    rootimgdir,
    profile,
    image: name,
    root: await rootOf(rootimgdir),
    rows: cluster.rowsFor(name).litefile,
    postscripts: join(cluster.site.installdir, 'postscripts'),
    rootLogin: rootLoginOf(cluster),
  };
}

/** The passwd row of root, unless the site locks root out of its images (mgmt QUIRK-33). */
function rootLoginOf({ rows, site }: Cluster): RootLogin | undefined {
  if (/^(?:1|y|yes)$/iu.test(site.get('secureroot') ?? '')) return 'locked';
  const row = rows.passwd.find(({ key, username }) => key === 'system' && username === 'root');
  const password = row?.password ?? '';
  return password === '' ? undefined : { password, cryptmethod: row?.cryptmethod ?? '' };
}

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
