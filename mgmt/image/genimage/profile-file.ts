import { join } from 'node:path';

/** What a file of a profile is looked up by. */
export interface Profile {
  readonly profile: string;
  readonly osvers: string;
  readonly osarch: string;
}

/**
 * Where `<profile>….pkglist` or `.postinstall` may be, best first, in the order of the 2010
 * cookbook (section 2.8.1): p.os.arch, p.arch, p.os, p; below `<installdir>/custom/netboot/<os family>`.
 */
export function profileFiles(
  { profile, osvers, osarch }: Profile,
  kind: 'pkglist' | 'postinstall',
  installdir: string,
): string[] {
  const family = osvers.replace(/[\d.]+$/, '');
  const directory = join(installdir, 'custom/netboot', family);
  return [
    `${profile}.${osvers}.${osarch}`,
    `${profile}.${osarch}`,
    `${profile}.${osvers}`,
    profile,
  ].map((name) => join(directory, `${name}.${kind}`));
}
