import { join } from 'node:path';
import { unknownImage } from '../../core/unknown-image.ts';
import type { osimage } from '../../db/image-tables.ts';
import type { Row } from '../../db/table.ts';
import type { TableRows } from '../../db/tables.ts';
import { distributionOf } from './distribution.ts';
import { type Profile, type ProfileFileKind, resolveProfileFile } from './profile-file.ts';
import type { ImageRow } from './spec.ts';

/** Columns that options of genimage set, as xCAT's does; undefined: not given. */
export interface ColumnOptions {
  readonly netdrivers?: string | undefined;
  readonly kernelver?: string | undefined;
  readonly krpmver?: string | undefined;
  readonly kerneldir?: string | undefined;
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
    throw unknownImage(name, names);
  }
  const linux = linuximage.find(({ imagename }) => imagename === name);
  return { ...row, ...linuxPart(linux ?? {}) };
}

type LinuxPart = Omit<ImageRow, keyof Row<typeof osimage>>;

/** Those columns of linuximage that a build reads; null for what the row does not have. */
export function linuxPart(row: Readonly<Record<string, string | null>>): LinuxPart {
  const column = (name: keyof LinuxPart) => row[name] ?? null;
  return {
    pkglist: column('pkglist'),
    pkgdir: column('pkgdir'),
    otherpkglist: column('otherpkglist'),
    otherpkgdir: column('otherpkgdir'),
    postinstall: column('postinstall'),
    rootimgdir: column('rootimgdir'),
    kerneldir: column('kerneldir'),
    netdrivers: column('netdrivers'),
    partitionfile: column('partitionfile'),
    kernelver: column('kernelver'),
    krpmver: column('krpmver'),
  };
}

/**
 * The rows of an image that is given by os, arch and profile, with those files of the profile that
 * are there. Throws ERR_STATELITE_IMAGE for an unknown os.
 */
export async function composeRows(profile: Profile, installdir: string): Promise<ImageRows> {
  distributionOf(profile.osvers);
  const { osvers, osarch } = profile;
  const find = async (column: string, kind: ProfileFileKind) => {
    const path = await resolveProfileFile(profile, kind, installdir);
    return path === undefined ? {} : { [column]: path };
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
      ...(await find('synclists', 'synclist')),
    },
    linuximage: {
      ...(await find('pkglist', 'pkglist')),
      ...(await find('otherpkglist', 'otherpkgs.pkglist')),
      ...(await find('exlist', 'exlist')),
      ...(await find('postinstall', 'postinstall')),
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
