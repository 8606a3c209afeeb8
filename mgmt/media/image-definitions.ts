import { join } from 'node:path';
import type { Distribution } from './distribution.ts';

/** An osimage that copycds defines for a distribution (reference 4.1). */
export interface ImageDefinition {
  readonly imagename: string;
  readonly profile: string;
  readonly provmethod: 'install' | 'netboot' | 'statelite';
}

/** Columns of one row, by name. */
export type Columns = Readonly<Record<string, string>>;

/** Where the packages of a distribution are. */
export interface Packages {
  readonly distribution: Distribution;
  readonly installdir: string;
  readonly pkgdir: string;
}

const kinds = [
  { name: 'install-compute', profile: 'compute', provmethod: 'install' },
  { name: 'install-service', profile: 'service', provmethod: 'install' },
  { name: 'stateful-mgmtnode', profile: 'mgmtnode', provmethod: 'install' },
  { name: 'netboot-compute', profile: 'compute', provmethod: 'netboot' },
  { name: 'statelite-compute', profile: 'compute', provmethod: 'statelite' },
] as const;

/** The same for every family: Debian's statelite image is one of them (mgmt QUIRK-47 is not kept). */
export function imageDefinitions(distribution: Distribution): ImageDefinition[] {
  const of = osdistroName(distribution);
  return kinds.map(({ name, ...kind }) => ({ imagename: `${of}-${name}`, ...kind }));
}

/** `rocky9.4-x86_64` */
export function osdistroName({ name, arch }: Distribution): string {
  return `${name}-${arch}`;
}

/** The osimage columns of a definition. */
export function osimageColumns(
  { profile, provmethod }: ImageDefinition,
  distribution: Distribution,
): Columns {
  return {
    profile,
    imagetype: 'linux',
    provmethod,
    osname: 'Linux',
    osvers: distribution.name,
    osarch: distribution.arch,
    osdistroname: osdistroName(distribution),
  };
}

/** The linuximage columns but for files of the profile; netboot and statelite share a root (mgmt QUIRK-48). */
export function linuximageColumns(
  { profile, provmethod }: ImageDefinition,
  { distribution: { name, arch }, installdir, pkgdir }: Packages,
): Columns {
  const rootimgdir = join(installdir, 'netboot', name, arch, profile);
  return {
    pkgdir,
    otherpkgdir: join(installdir, 'post/otherpkgs', name, arch),
    ...(provmethod === 'install' ? {} : { rootimgdir }),
  };
}

/** The osdistro columns: `centos-stream9` is centos-stream and 9. */
export function osdistroColumns({ name, arch }: Distribution, dirpaths: string): Columns {
  const {
    base = name,
    major,
    minor,
  } = /^(?<base>.*?)(?<major>\d+)(?:\.(?<minor>[\d.]*\d))?/u.exec(name)?.groups ?? {};
  return {
    basename: base,
    ...(major === undefined ? {} : { majorversion: major }),
    ...(minor === undefined ? {} : { minorversion: minor }),
    arch,
    type: 'Linux',
    dirpaths,
  };
}

/** The columns to write so that what a row says stays: those it has none of yet. */
export function missingColumns(
  row: Readonly<Record<string, string | null>> | undefined,
  columns: Columns,
): Columns {
  return Object.fromEntries(
    Object.entries(columns).filter(([column]) => (row?.[column] ?? '') === ''),
  );
}
