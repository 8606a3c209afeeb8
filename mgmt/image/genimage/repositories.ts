import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { isUrl } from './spec.ts';

/** What a package manager may install from. */
export interface Repository {
  /** Also its name on the screen: a word. */
  readonly id: string;
  readonly url: string;
  /** As zypper(8) calls it; `deb` is a directory with a Packages file. */
  readonly type: 'rpm-md' | 'yast2' | 'plaindir' | 'deb';
  /** On this machine: what is in it was believed when it was put there, its signatures are not checked. */
  readonly isLocal: boolean;
}

/** A media tree has its repositories at the top, or in BaseOS, AppStream, suse, Module-…/x86_64. */
const deepest = 4;
const neverLookedInto = new Set(['repodata', 'Packages', 'images', 'isolinux', 'EFI', 'boot']);

/** A repository of a URL; `id` makes it known in messages. */
export function repositoryOf(id: string, url: string, type: Repository['type']): Repository {
  return { id, url, type, isLocal: /^(file|dir|copy):/.test(url) };
}

/**
 * The repositories in the places of linuximage.pkgdir: URLs as they are, and every directory below a
 * directory that has `repodata` (or a `content` file of SUSE's older media). ERR_STATELITE_IMAGE if
 * there is none, because then nothing can be installed.
 */
export async function findRepositories(
  prefix: string,
  places: readonly string[],
): Promise<Repository[]> {
  const found = await Promise.all(
    places.map(async (place): Promise<Pick<Repository, 'url' | 'type'>[]> => {
      if (isUrl(place)) return [{ url: place, type: 'rpm-md' }];
      return findBelow(place, deepest);
    }),
  );
  const repositories = found
    .flat()
    .map(({ url, type }, index) => repositoryOf(`${prefix}${index + 1}`, url, type));
  if (repositories.length > 0) return repositories;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `there is no package repository in ${places.join(', ')}`,
    { hint: 'run copycds for the media, or name directories or URLs in linuximage.pkgdir' },
  );
}

async function findBelow(
  directory: string,
  depth: number,
): Promise<Pick<Repository, 'url' | 'type'>[]> {
  const entries = await entriesOf(directory);
  const names = new Set(entries.map(({ name }) => name));
  const url = pathToFileURL(directory).href;
  const here: Pick<Repository, 'url' | 'type'>[] = names.has('repodata')
    ? [{ url, type: 'rpm-md' }]
    : names.has('content') && names.has('media.1')
      ? [{ url, type: 'yast2' }]
      : [];
  if (depth === 0) return here;
  const below = entries
    .filter((entry) => entry.isDirectory() && !neverLookedInto.has(entry.name))
    .map(({ name }) => name)
    .toSorted();
  const deeper = await Promise.all(
    below.map((name) => findBelow(join(directory, name), depth - 1)),
  );
  return [...here, ...deeper.flat()];
}

/** Files in it that are public keys of packages, by the names that media use. */
export async function findKeys(places: readonly string[]): Promise<string[]> {
  const directories = places.filter((place) => !isUrl(place));
  const found = await Promise.all(
    directories.map(async (directory) =>
      (await entriesOf(directory))
        .filter((entry) => entry.isFile() && /^RPM-GPG-KEY|^gpg-pubkey.*\.asc$/.test(entry.name))
        .map(({ name }) => join(directory, name))
        .toSorted(),
    ),
  );
  return found.flat();
}

async function entriesOf(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
