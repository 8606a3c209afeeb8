import { isAbsolute, join, resolve } from 'node:path';
import { StateliteError } from '../../../agent/errors.ts';
import { debianArchitecture } from './debian-release.ts';
import { type Distribution, distributionOf } from './distribution.ts';
import type { Profile } from './profile-file.ts';

/** The columns of osimage and linuximage that a build reads; blank is null or ''. */
export interface ImageRow {
  readonly imagename: string;
  readonly profile: string | null;
  readonly provmethod: string | null;
  readonly osvers: string | null;
  readonly osarch: string | null;
  readonly environvar: string | null;
  readonly pkglist: string | null;
  readonly pkgdir: string | null;
  readonly otherpkglist: string | null;
  readonly otherpkgdir: string | null;
  readonly postinstall: string | null;
  readonly rootimgdir: string | null;
  readonly kerneldir: string | null;
  readonly netdrivers: string | null;
  readonly partitionfile: string | null;
  readonly kernelver: string | null;
  readonly krpmver: string | null;
}

/** One osimage to build, checked. */
export interface ImageSpec extends Profile {
  readonly name: string;
  readonly distribution: Distribution;
  /** Empty: the built-in list. */
  readonly pkglists: readonly string[];
  /** Directories and URLs. */
  readonly pkgdirs: readonly string[];
  readonly otherpkglists: readonly string[];
  /** A directory, and URLs beside it. */
  readonly otherpkgdirs: readonly string[];
  readonly postinstall: readonly PostinstallScript[];
  /** Holds rootimg, kernel and the initramfs. */
  readonly rootimgdir: string;
  /** Kernel modules wanted besides the usual ones, without `.ko`. */
  readonly netdrivers: readonly string[];
  /** Whether its nodes divide local disks. */
  readonly partitionfile: string;
  /** Blank: the newest in the image. */
  readonly kernelver: string;
  /** The version of the kernel's packages, if it is not kernelver. */
  readonly krpmver: string;
  /** Holds kernel packages, or kernels as they are: boot/vmlinuz-… and lib/modules/…. */
  readonly kerneldir: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface PostinstallScript {
  readonly path: string;
  /** Words written after it in the column. */
  readonly extra: readonly string[];
}

/** A row as a build reads it. ERR_STATELITE_IMAGE names what is missing or wrong, and the column. */
export function imageSpec(row: ImageRow, installdir: string): ImageSpec {
  const osvers = required(row, 'osvers');
  const osarch = required(row, 'osarch');
  const profile = required(row, 'profile');
  const provmethod = required(row, 'provmethod');
  if (provmethod !== 'statelite' && provmethod !== 'netboot') {
    throw bad(row, `provmethod ${JSON.stringify(provmethod)} is not of a diskless image`, {
      hint: 'use statelite',
    });
  }
  const distribution = distributionOf(osvers);
  if (distribution.installer === 'apt') debianArchitecture(osarch);
  const paths = (column: 'pkglist' | 'otherpkglist') =>
    list(row[column]).map((path) => absolute(row, column, path));
  return {
    name: row.imagename,
    osvers,
    osarch,
    profile,
    distribution,
    pkglists: paths('pkglist'),
    pkgdirs: places(row, 'pkgdir', join(installdir, osvers, osarch)),
    otherpkglists: paths('otherpkglist'),
    otherpkgdirs: places(row, 'otherpkgdir', join(installdir, 'post/otherpkgs', osvers, osarch)),
    postinstall: parsePostinstall(row),
    rootimgdir: rootimgdirOf(row, join(installdir, 'netboot', osvers, osarch, profile)),
    netdrivers: parseDrivers(row),
    partitionfile: (row.partitionfile ?? '').trim(),
    kernelver: version(row, 'kernelver'),
    krpmver: version(row, 'krpmver'),
    kerneldir: absolute(row, 'kerneldir', row.kerneldir ?? '') || join(installdir, 'kernels'),
    environment: parseEnvironment(row),
  };
}

/** The name of an osimage that was given by os, arch and profile. */
export function composedName({ osvers, osarch, profile }: Profile): string {
  return `${osvers}-${osarch}-statelite-${profile}`;
}

/** These become one directory each, and words of boot files. */
function required(row: ImageRow, column: 'osvers' | 'osarch' | 'profile' | 'provmethod'): string {
  const value = row[column] ?? '';
  if (value === '') {
    throw bad(row, `osimage.${column} is blank`, {
      hint: `chdef or chtab it: chtab imagename=${row.imagename} osimage.${column}=…`,
    });
  }
  if (/^[A-Za-z0-9_][A-Za-z0-9._+-]*$/.test(value)) return value;
  throw bad(row, `osimage.${column} ${JSON.stringify(value)} is no plain word`);
}

function absolute(row: ImageRow, column: string, value: string): string {
  if (value === '' || isAbsolute(value)) return value;
  throw bad(row, `linuximage.${column} ${JSON.stringify(value)} is not an absolute path`);
}

/** Directories and URLs of packages. */
function places(row: ImageRow, column: 'pkgdir' | 'otherpkgdir', usual: string): string[] {
  const given = list(row[column]).map((place) =>
    isUrl(place) || /^deb\s/.test(place) ? place : absolute(row, column, place),
  );
  return given.length === 0 ? [usual] : given;
}

/** Whether a place of packages is a URL and not a directory. */
export function isUrl(place: string): boolean {
  return /^(https?|ftp|file):\/\/?\S+$/.test(place);
}

/** It becomes a part of paths and of package names. */
function version(row: ImageRow, column: 'kernelver' | 'krpmver'): string {
  const value = (row[column] ?? '').trim();
  if (/^([A-Za-z0-9_][A-Za-z0-9_.+~^-]*)?$/.test(value)) return value;
  throw bad(row, `linuximage.${column} ${JSON.stringify(value)} is no version`);
}

function rootimgdirOf(row: ImageRow, usual: string): string {
  const given = absolute(row, 'rootimgdir', row.rootimgdir ?? '');
  return given === '' ? usual : resolve(given);
}

function parsePostinstall(row: ImageRow): PostinstallScript[] {
  return list(row.postinstall).map((item) => {
    const [path = '', ...extra] = item.split(/\s+/);
    return { path: absolute(row, 'postinstall', path), extra };
  });
}

/** `tg3,e1000e.ko` in either spelling; `allupdate` selects drivers of an update medium we have none of. */
function parseDrivers(row: ImageRow): string[] {
  const names = list(row.netdrivers).map((name) => name.replace(/\.ko(\.[a-z]+)?$/, ''));
  const odd = names.find((name) => !/^[A-Za-z0-9_-]+$/.test(name));
  if (odd === undefined) return names.filter((name) => name !== 'allupdate');
  throw bad(row, `linuximage.netdrivers: ${JSON.stringify(odd)} is no name of a kernel module`);
}

function parseEnvironment(row: ImageRow): Record<string, string> {
  const pairs = list(row.environvar).map((item) => {
    const [, name = '', value = ''] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(item) ?? [];
    if (name === '') {
      throw bad(row, `osimage.environvar: ${JSON.stringify(item)} is not NAME=value`);
    }
    return [name, value] as const;
  });
  return Object.fromEntries(pairs);
}

function list(column: string | null): string[] {
  return (column ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function bad(row: ImageRow, reason: string, options: { hint?: string } = {}): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_IMAGE',
    `cannot build osimage ${row.imagename}: ${reason}`,
    options,
  );
}
