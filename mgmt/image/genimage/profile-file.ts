import { join } from 'node:path';
import { platformNames } from './distribution.ts';
import { exists } from './exists.ts';

/** What a file of a profile is looked up by. */
export interface Profile {
  readonly profile: string;
  readonly osvers: string;
  readonly osarch: string;
}

/** Files of a profile, by their ending. */
export type ProfileFileKind =
  | 'pkglist'
  | 'otherpkgs.pkglist'
  | 'exlist'
  | 'postinstall'
  | 'synclist'
  | 'repolist';

/**
 * Where `<profile>….pkglist` and the like may be, best first, in the order of the 2010 cookbook
 * (section 2.8.1): p.os.arch, p.arch, p.os, p. The directories are those below
 * `<installdir>/custom/netboot` of the osvers, of the system without its version, and of its family.
 */
export function profileFiles(
  { profile, osvers, osarch }: Profile,
  kind: ProfileFileKind,
  installdir: string,
): string[] {
  const { platform, names: directories } = platformNames(osvers);
  const names = [
    `${profile}.${osvers}.${osarch}`,
    `${profile}.${osarch}`,
    `${profile}.${osvers}`,
    // the cookbook's own example of a .repolist is compute.rh.repolist
    ...(kind === 'repolist' ? [`${profile}.${platform}`] : []),
    profile,
  ];
  return directories.flatMap((directory) =>
    names.map((name) => join(installdir, 'custom/netboot', directory, `${name}.${kind}`)),
  );
}

/** The first of `profileFiles` that is there. */
export async function resolveProfileFile(
  profile: Profile,
  kind: ProfileFileKind,
  installdir: string,
): Promise<string | undefined> {
  for (const path of profileFiles(profile, kind, installdir)) if (await exists(path)) return path;
  return undefined;
}
