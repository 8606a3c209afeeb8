import { realpath } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { chase } from '../../../agent/files/chase.ts';
import type { Cluster } from '../../core/cluster.ts';
import { unknownImage } from '../../core/unknown-image.ts';

/** What packing, preparing and removing need of an image's rows; a blank column is ''. */
export interface ImagePlace {
  readonly name: string;
  readonly profile: string;
  readonly provmethod: string;
  readonly osarch: string;
  readonly rootfstype: string;
  /** Holds rootimg, kernel and initramfs. */
  readonly rootimgdir: string;
  /** Exclude lists, absolute. */
  readonly exlist: readonly string[];
  readonly synclists: string;
}

/**
 * An image of the tables, whatever its distribution is. ERR_STATELITE_NOT_FOUND if there is none,
 * ERR_STATELITE_IMAGE if its rows do not say where it is.
 */
export function imagePlace(
  name: string,
  { rows, site }: Pick<Cluster, 'rows' | 'site'>,
): ImagePlace {
  const row = rows.osimage.find(({ imagename }) => imagename === name);
  if (row === undefined) {
    const names = rows.osimage.map(({ imagename }) => imagename);
    throw unknownImage(name, names);
  }
  const linux = rows.linuximage.find(({ imagename }) => imagename === name);
  const rootimgdir = directoryOf(name, { rows, site });
  if (rootimgdir === undefined) throw noDirectory(name, linux?.rootimgdir ?? '');
  return {
    name,
    profile: row.profile ?? '',
    provmethod: row.provmethod ?? '',
    osarch: row.osarch ?? '',
    rootfstype: row.rootfstype ?? '',
    rootimgdir,
    exlist: (linux?.exlist ?? '')
      .split(',')
      .map((path) => path.trim())
      .filter((path) => path !== ''),
    synclists: row.synclists ?? '',
  };
}

/**
 * The osimage that a name means: itself or, if there is none, the statelite image of a name
 * `<os>-<arch>-<profile>`, as the 2010 cookbook prints it (2.12).
 */
export function liteImageName(name: string, { rows }: Pick<Cluster, 'rows'>): string {
  if (rows.osimage.some(({ imagename }) => imagename === name)) return name;
  const meant = rows.osimage.find(
    ({ imagename, osvers, osarch, profile }) =>
      imagename === `${osvers}-${osarch}-statelite-${profile}` &&
      name === `${osvers}-${osarch}-${profile}`,
  );
  return meant?.imagename ?? name;
}

/** The tree of an image, without links on the way. ERR_STATELITE_IMAGE if it is not there. */
export async function rootOf(rootimgdir: string): Promise<string> {
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

/** Where the files of an image are; undefined if its rows do not say. */
function directoryOf(
  name: string,
  { rows, site }: Pick<Cluster, 'rows' | 'site'>,
): string | undefined {
  const given = rows.linuximage.find(({ imagename }) => imagename === name)?.rootimgdir ?? '';
  if (given !== '') {
    const directory = resolve('/', given);
    return isAbsolute(given) && directory !== '/' ? directory : undefined;
  }
  const row = rows.osimage.find(({ imagename }) => imagename === name);
  const parts = [row?.osvers, row?.osarch, row?.profile].map((part) => part ?? '');
  return parts.includes('') ? undefined : join(site.installdir, 'netboot', ...parts);
}

/** Images of diskless nodes by name, with the directories of their files, links followed; not those that have none. */
export async function realDirectories({
  rows,
  site,
}: Pick<Cluster, 'rows' | 'site'>): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { imagename, provmethod } of rows.osimage) {
    if (!/^$|statelite|netboot/u.test(provmethod ?? '')) continue;
    const directory = directoryOf(imagename, { rows, site });
    if (directory !== undefined) found.set(imagename, await chase('/', directory));
  }
  return found;
}

/** The images whose files are in a directory: xCAT's genimage makes two for one (mgmt QUIRK-51). */
export async function imagesIn(
  directory: string,
  cluster: Pick<Cluster, 'rows' | 'site'>,
): Promise<string[]> {
  const wanted = await chase('/', directory);
  const directories = await realDirectories(cluster);
  return [...directories].filter(([, one]) => one === wanted).map(([name]) => name);
}

function noDirectory(name: string, given: string): StateliteError {
  const why =
    given === ''
      ? `osimage ${name} has no rootimgdir, and not all of osvers, osarch and profile to compose it of`
      : `linuximage.rootimgdir ${JSON.stringify(given)} of osimage ${name} can hold no image`;
  return new StateliteError('ERR_STATELITE_IMAGE', why, {
    hint: `chtab imagename=${name} linuximage.rootimgdir=DIRECTORY`,
  });
}
