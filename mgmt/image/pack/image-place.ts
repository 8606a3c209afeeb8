import { realpath } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import type { Cluster } from '../../core/cluster.ts';
import { suggest } from '../../core/nearest.ts';

/** What packing, preparing and removing need of an image's rows; a blank column is ''. */
export interface ImagePlace {
  readonly name: string;
  readonly profile: string;
  readonly provmethod: string;
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
    throw new StateliteError('ERR_STATELITE_NOT_FOUND', `there is no osimage ${name}`, {
      hint: suggest(name, names, 'make one: genimage -o debian12 -a x86_64 -p compute'),
    });
  }
  const linux = rows.linuximage.find(({ imagename }) => imagename === name);
  const { osvers, osarch, profile } = row;
  const isComposed = [osvers, osarch, profile].every((part) => (part ?? '') !== '');
  const usual = isComposed
    ? join(site.installdir, 'netboot', osvers ?? '', osarch ?? '', profile ?? '')
    : undefined;
  return {
    name,
    profile: profile ?? '',
    provmethod: row.provmethod ?? '',
    rootfstype: row.rootfstype ?? '',
    rootimgdir: rootimgdirOf(name, linux?.rootimgdir ?? '', usual),
    exlist: (linux?.exlist ?? '')
      .split(',')
      .map((path) => path.trim())
      .filter((path) => path !== ''),
    synclists: row.synclists ?? '',
  };
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

function rootimgdirOf(name: string, given: string, usual: string | undefined): string {
  const hint = `chtab imagename=${name} linuximage.rootimgdir=DIRECTORY`;
  if (given === '') {
    if (usual !== undefined) return usual;
    throw new StateliteError(
      'ERR_STATELITE_IMAGE',
      `osimage ${name} has no rootimgdir, and not all of osvers, osarch and profile to compose it of`,
      { hint },
    );
  }
  const directory = resolve('/', given);
  if (isAbsolute(given) && directory !== '/') return directory;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `linuximage.rootimgdir ${JSON.stringify(given)} of osimage ${name} can hold no image`,
    { hint },
  );
}
