import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { StateliteError } from '../../../agent/errors.ts';
import { exists } from './exists.ts';
import { type InstallCommand, workInside } from './installer.ts';
import { repositoryOf, type Repository } from './repositories.ts';
import { type ImageSpec, isUrl } from './spec.ts';

/** Repositories of otherpkgdir, and what is to be made before they can be used. */
export interface OtherPackages {
  readonly repositories: readonly Repository[];
  /** Symbolic links by path below the work directory. */
  readonly links: Readonly<Record<string, string>>;
  readonly commands: readonly InstallCommand[];
}

/**
 * The repositories of the directories that an otherpkglist names, `''` for otherpkgdir itself, and
 * URLs of the column; `plain` are further directories of packages. A directory of packages without metadata gets some in the work directory: the
 * site's own directory stays as it is. ERR_STATELITE_IMAGE names a directory that is not there.
 */
export async function findOtherPackages(
  { name, otherpkgdirs, distribution }: ImageSpec,
  directories: readonly string[],
  plain: readonly Repository[] = [],
): Promise<{ ready: readonly Repository[]; at: (work: string) => OtherPackages }> {
  const isApt = distribution.installer === 'apt';
  const urls = otherpkgdirs.filter(isUrl);
  const base = otherpkgdirs.find((place) => !isUrl(place));
  const ready: Repository[] = urls.map((url, index) =>
    repositoryOf(`other-url${index + 1}`, url, isApt ? 'deb' : 'rpm-md'),
  );
  const bare = plain.map(({ id, url }) => ({ id, path: fileURLToPath(url) }));
  for (const [index, directory] of (base === undefined ? [] : directories).entries()) {
    const path = join(base ?? '', directory);
    const id = `other${index + 1}`;
    if (!(await exists(path))) {
      if (urls.length > 0 && directory === '') continue;
      throw new StateliteError(
        'ERR_STATELITE_IMAGE',
        `the directory ${path} of the otherpkglist of ${name} does not exist`,
        { hint: 'put the packages there, or correct linuximage.otherpkgdir' },
      );
    }
    if (!isApt && (await exists(join(path, 'repodata')))) {
      ready.push(repositoryOf(id, pathToFileURL(path).href, 'rpm-md'));
    } else bare.push({ id, path });
  }
  return {
    ready,
    at: (work) => {
      const indexed = isApt ? scanPackages(work, bare) : createRepositories(bare);
      return {
        repositories: [...ready, ...indexed.map(({ repository }) => repository)],
        links: Object.fromEntries(bare.map(({ id, path }) => [`other/${id}/packages`, path])),
        commands: indexed.map(({ command }) => command),
      };
    },
  };
}

interface Indexed {
  readonly command: InstallCommand;
  readonly repository: Repository;
}

function createRepositories(bare: readonly { id: string }[]): Indexed[] {
  return bare.map(({ id }) => {
    const path = join(workInside, 'other', id);
    return {
      command: {
        argv: ['createrepo_c', '--quiet', '--no-database', path],
        environment: {},
        mounts: true,
      },
      repository: repositoryOf(id, pathToFileURL(path).href, 'rpm-md'),
    };
  });
}

/** dpkg-scanpackages(1) can only print: a shell that is given the directory keeps what it prints. */
function scanPackages(work: string, bare: readonly { id: string }[]): Indexed[] {
  const keep = 'cd "$1" && dpkg-scanpackages --multiversion . >Packages';
  return bare.map(({ id }) => {
    const path = join(work, 'other', id);
    return {
      command: { argv: ['sh', '-c', keep, 'genimage', path], environment: {}, mounts: false },
      repository: repositoryOf(id, pathToFileURL(path).href, 'deb'),
    };
  });
}
