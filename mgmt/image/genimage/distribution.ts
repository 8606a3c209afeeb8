import { StateliteError } from '../../../agent/errors.ts';
import { debianSuite } from './debian-release.ts';

/** What installs the packages of a family of distributions. */
export type InstallerName = 'apt' | 'dnf' | 'zypper';

/** What an osvers says about the system. */
export interface Distribution {
  readonly installer: InstallerName;
  /** xCAT's directory of a family's profile files: rh, sles, debian, ubuntu. */
  readonly platform: string;
  /** As written before the version: `rhels` of `rhels9.4`. */
  readonly base: string;
  /** `9.4`; blank if the osvers has none. */
  readonly version: string;
}

type Family = Pick<Distribution, 'installer' | 'platform'>;

const rh: Family = { installer: 'dnf', platform: 'rh' };
const sles: Family = { installer: 'zypper', platform: 'sles' };

/** Families by the name before the version, in lower case. */
const families: Readonly<Record<string, Family>> = {
  rh,
  rhel: rh,
  rhels: rh,
  rhelhpc: rh,
  redhat: rh,
  centos: rh,
  'centos-stream': rh,
  rocky: rh,
  alma: rh,
  almalinux: rh,
  fedora: rh,
  ol: rh,
  oracle: rh,
  sl: rh,
  pkvm: rh,
  sle: sles,
  sles: sles,
  sled: sles,
  suse: sles,
  leap: sles,
  opensuse: sles,
  'opensuse-leap': sles,
  'opensuse-tumbleweed': sles,
  tumbleweed: sles,
  debian: { installer: 'apt', platform: 'debian' },
  ubuntu: { installer: 'apt', platform: 'ubuntu' },
};

/**
 * What is installed how for an osvers (xcat-mgmt.md 4.2: the name without version; whatever holds
 * `rh` is Red Hat's). ERR_STATELITE_IMAGE for a system or a Debian release that is not known.
 */
export function distributionOf(osvers: string): Distribution {
  const { base, version } = nameParts(osvers);
  const family = familyOf(base.toLowerCase());
  if (family === undefined) {
    throw new StateliteError(
      'ERR_STATELITE_IMAGE',
      `cannot build an image of osvers ${JSON.stringify(osvers)}`,
      { hint: `it begins with one of ${Object.keys(families).join(', ')}` },
    );
  }
  if (family.installer === 'apt') debianSuite(osvers);
  return { ...family, base, version };
}

/** The names below custom/netboot of an osvers, known or not: itself, without its version, its family's. */
export function platformNames(osvers: string): { platform: string; names: readonly string[] } {
  const { base } = nameParts(osvers);
  const platform = familyOf(base.toLowerCase())?.platform ?? base;
  return { platform, names: [...new Set([osvers, base, platform])] };
}

function nameParts(osvers: string): { base: string; version: string } {
  const [, base = osvers, version = ''] = /^(.*?)[-_.]?(\d.*)?$/.exec(osvers) ?? [];
  return { base, version };
}

function familyOf(name: string): Family | undefined {
  if (Object.hasOwn(families, name)) return families[name];
  return name.includes('rh') ? rh : undefined;
}

/** The version up to its first dot; undefined if there is none. */
export function majorVersion({ version }: Pick<Distribution, 'version'>): number | undefined {
  const major = Number.parseInt(version, 10);
  return Number.isNaN(major) ? undefined : major;
}

/** Where rpm(8) of the image looks for its database. */
export function rpmDatabase(distribution: Distribution): string {
  const { installer, base } = distribution;
  const since = installer === 'zypper' ? 15 : /^fedora$/i.test(base) ? 36 : 10;
  const major = majorVersion(distribution) ?? Infinity;
  return major >= since ? '/usr/lib/sysimage/rpm' : '/var/lib/rpm';
}
