import { join } from 'node:path';
import { StateliteError } from '../../../agent/errors.ts';
import { suggest } from '../../core/nearest.ts';
import type { TableRows } from '../../db/tables.ts';
import { debianSuite } from './debian-release.ts';
import { type Profile, profileFiles } from './profile-file.ts';
import type { ImageRow } from './spec.ts';

/** Columns that options of genimage set, as xCAT's does; undefined: not given. */
export interface ColumnOptions {
  readonly netdrivers?: string | undefined;
  readonly kernelver?: string | undefined;
  readonly permission?: string | undefined;
  readonly nodebootif?: string | undefined;
  readonly otherifce?: string | undefined;
}

/** Rows to write before a build; the image's name is their key. */
export interface ImageRows {
  readonly osimage: Readonly<Record<string, string>>;
  readonly linuximage: Readonly<Record<string, string>>;
}

/** The rows of an image as one. ERR_STATELITE_NOT_FOUND if there is no such osimage. */
export function imageRowOf(
  name: string,
  { osimage, linuximage }: Pick<TableRows, 'osimage' | 'linuximage'>,
): ImageRow {
  const row = osimage.find(({ imagename }) => imagename === name);
  if (row === undefined) {
    const names = osimage.map(({ imagename }) => imagename);
    throw new StateliteError('ERR_STATELITE_NOT_FOUND', `there is no osimage ${name}`, {
      hint: suggest(name, names, 'make one: genimage -o debian12 -a x86_64 -p compute'),
    });
  }
  const linux = linuximage.find(({ imagename }) => imagename === name);
  const column = (of: 'pkglist' | 'postinstall' | 'rootimgdir' | 'netdrivers' | 'kernelver') =>
    linux?.[of] ?? null;
  return {
    ...row,
    pkglist: column('pkglist'),
    postinstall: column('postinstall'),
    rootimgdir: column('rootimgdir'),
    netdrivers: column('netdrivers'),
    kernelver: column('kernelver'),
  };
}

/**
 * The rows of an image that is given by os, arch and profile, with the pkglist and postinstall
 * script of the profile if `exists` finds them. Throws ERR_STATELITE_IMAGE for an unknown os.
 */
export async function composeRows(
  profile: Profile,
  installdir: string,
  exists: (path: string) => Promise<boolean>,
): Promise<ImageRows> {
  debianSuite(profile.osvers);
  const { osvers, osarch } = profile;
  const find = async (kind: 'pkglist' | 'postinstall') => {
    for (const path of profileFiles(profile, kind, installdir)) {
      if (await exists(path)) return { [kind]: path };
    }
    return {};
  };
  return {
    osimage: {
      profile: profile.profile,
      imagetype: 'linux',
      provmethod: 'statelite',
      osname: 'Linux',
      osvers,
      osarch,
      osdistroname: `${osvers}-${osarch}`,
    },
    linuximage: {
      ...(await find('pkglist')),
      ...(await find('postinstall')),
      rootimgdir: join(installdir, 'netboot', osvers, osarch, profile.profile),
    },
  };
}

/** The columns that were given and differ from the row, in words and as values. */
export function changedColumns(
  options: ColumnOptions,
  row: Readonly<Record<string, string | null>> | undefined,
): Readonly<Record<string, string>> {
  const given = Object.entries(options).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(given.filter(([column, value]) => (row?.[column] ?? '') !== value));
}
