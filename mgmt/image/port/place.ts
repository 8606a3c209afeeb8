import { basename, join, relative, resolve } from 'node:path';
import { StateliteError } from '../../../agent/errors.ts';

/** Where files of an archive may go on this management node. */
export interface Places {
  readonly installdir: string;
  /** Directories besides it that extra files may go below, as the operator said. */
  readonly extraBelow: readonly string[];
}

/** An image by what its directory is called. */
interface Named {
  readonly osvers: string;
  readonly osarch: string;
  readonly profile: string;
}

/** Image trees: what is in them belongs to the image, and its links lead anywhere. */
const treeName = /^rootimg(?:\..*)?$|\.generations$/u;

/** A path of the other management node as one of this: below its installdir it is below ours. */
export function translated(path: string, from: string, to: string): string {
  const below = belowOf(from, path);
  return below === undefined ? path : join(to, below);
}

/**
 * The directory of an imported image: where it was below installdir, else the usual one. Never
 * another image's tree.
 */
export function imageDirectory(
  written: string,
  { osvers, osarch, profile }: Named,
  installdir: string,
): string {
  const usual = join(installdir, 'netboot', osvers, osarch, profile);
  if (written === '') return usual;
  return belowOf(installdir, written) !== undefined && !isInTree(written)
    ? resolve(written)
    : usual;
}

/**
 * Where a pkglist, exlist, postinstall script or synclist goes: where it was if that is below
 * `<installdir>/custom`, else to the profiles of the image's platform there. What stock xCAT ships
 * in /opt/xcat is a custom file here.
 */
export function listPlace(written: string, platform: string, installdir: string): string {
  const custom = join(installdir, 'custom');
  if (belowOf(custom, written) !== undefined) return resolve(written);
  return join(custom, 'netboot', platform, basename(written));
}

/** The same file for another profile, in xCAT's way: `compute.pkglist` is `login.pkglist`. */
export function renamedFor(path: string, before: string, profile: string): string {
  const name = basename(path);
  const renamed = name.includes(before)
    ? name.replace(before, () => profile)
    : `${profile}.${name}`;
  return join(path, '..', renamed);
}

/** Throws ERR_STATELITE_IMAGE if an extra file would go where the operator did not allow it. */
export function checkExtraPlace(
  what: string,
  place: string,
  { installdir, extraBelow }: Places,
): void {
  const allowed = [installdir, ...extraBelow];
  const isBelow = allowed.some((directory) => belowOf(directory, place) !== undefined);
  if (isBelow && !isInTree(place)) return;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `the extra file ${JSON.stringify(what)} wants to be ${JSON.stringify(place)}, which is not below ${allowed.join(' or ')}`,
    { hint: 'if that is right: imgimport --allow DIRECTORY' },
  );
}

/** The path below a directory; '' for itself, undefined if it is elsewhere. */
export function belowOf(directory: string, path: string): string | undefined {
  const below = relative(directory, path);
  const isOutside = below === '..' || below.startsWith('../') || !path.startsWith('/');
  return isOutside ? undefined : below;
}

function isInTree(path: string): boolean {
  return resolve(path)
    .split('/')
    .some((name) => treeName.test(name));
}
