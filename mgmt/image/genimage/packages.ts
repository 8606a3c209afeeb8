import { join } from 'node:path';
import { StateliteError } from '../../../agent/errors.ts';
import { readIfThere } from '../../../agent/files/if-there.ts';
import { type AptSource, isFor, sourceOfMirror, sourcesFor } from './apt-sources.ts';
import { debianArchitecture, debianSuite } from './debian-release.ts';
import { defaultPkglistFor } from './default-pkglist.ts';
import { exists } from './exists.ts';
import { aptInstaller } from './install-apt.ts';
import { installByDnf } from './install-dnf.ts';
import { installByZypper } from './install-zypper.ts';
import type { PackagePlan } from './install-packages.ts';
import type { Installer, InstallPass } from './installer.ts';
import { pinKernel } from './pin-kernel.ts';
import { findOtherPackages } from './other-packages.ts';
import { type PackageList, readPkglists } from './pkglist.ts';
import { resolveProfileFile } from './profile-file.ts';
import { parseRepolist } from './repolist.ts';
import { findKeys, findRepositories, type Repository } from './repositories.ts';
import { type ImageSpec, isUrl } from './spec.ts';

/** What installing needs besides the image's rows. */
export interface PackageOptions {
  /** `--mirror`; empty: this machine's own apt sources, or pkgdir. */
  readonly mirrors: readonly string[];
  readonly hostSources: readonly AptSource[];
  /** apt.conf(5) lines for the build. */
  readonly aptOptions: readonly string[];
  /** For profile files and `$ENV{INSTALLDIR}`. */
  readonly installdir: string;
  /** `--noupdate`: packages that otherpkgdir has newer stay as the distribution has them. */
  readonly noupdate: boolean;
  /** `--nogpgcheck`. */
  readonly nogpgcheck: boolean;
}

/** Lists and repositories of an image, read. */
export interface Recipe {
  readonly into: (root: string) => PackagePlan;
  /** Variables of the lists: the postinstall scripts get them too. */
  readonly listed: Readonly<Record<string, string>>;
}

/**
 * Reads lists and looks for repositories, and decides which commands make the root; changes nothing.
 * ERR_STATELITE_IMAGE for what is wrong with either.
 */
export async function planPackages(spec: ImageSpec, options: PackageOptions): Promise<Recipe> {
  const own = await listOf(spec, options);
  const other = await readLists(spec, options, 'otherpkglist');
  const { install, ...found } = await installerOf(spec, options);
  // only zypper reads a directory of packages as it is
  const isPlain = ({ type }: Repository) => type === 'plaindir' && install !== installByZypper;
  const repositories = found.repositories.filter((repository) => !isPlain(repository));
  const plain = found.repositories.filter(isPlain);
  const others = await findOtherPackages(spec, other.directories, plain);
  const keys = await findKeys([...spec.pkgdirs, ...spec.otherpkgdirs]);
  const remote = [...repositories, ...others.ready].find(({ isLocal }) => !isLocal);
  if (remote !== undefined && keys.length === 0 && !options.nogpgcheck) {
    throw new StateliteError(
      'ERR_STATELITE_IMAGE',
      `packages of ${remote.url} cannot be checked: there is no key`,
      { hint: `put its RPM-GPG-KEY-… file into ${spec.otherpkgdirs[0]}, or use --nogpgcheck` },
    );
  }
  const passes = [...pinKernel(passesOf(own, 'pkglist'), spec), ...passesOf(other, 'otherpkglist')];
  const into = (root: string): PackagePlan => {
    const work = `${root}.packages`;
    const more = others.at(work);
    const { files, commands } = install({
      spec,
      root,
      passes,
      repositories: [...repositories, ...more.repositories],
      keys,
      checkSignatures: !options.nogpgcheck,
      update: other.passes.length > 0 && !options.noupdate,
    });
    return { root, work, files, links: more.links, commands: [...more.commands, ...commands] };
  };
  return { into, listed: { ...own.environment, ...other.environment } };
}

function passesOf(list: PackageList, from: InstallPass['from']): InstallPass[] {
  return list.passes.map((pass) => ({ ...pass, from }));
}

/** The pkglist, the built-in one if none is named. */
async function listOf(spec: ImageSpec, options: PackageOptions): Promise<PackageList> {
  const list = await readLists(spec, options, 'pkglist');
  if (list.passes.some(({ install }) => install.length > 0)) return list;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `the pkglist ${spec.pkglists.join(', ')} of ${spec.name} is empty`,
    { hint: 'an image needs at least an init, a kernel and what its nodes run' },
  );
}

async function readLists(
  spec: ImageSpec,
  { installdir }: PackageOptions,
  kind: 'pkglist' | 'otherpkglist',
): Promise<PackageList> {
  const isBuiltIn = kind === 'pkglist' && spec.pkglists.length === 0;
  const named = kind === 'pkglist' ? spec.pkglists : spec.otherpkglists;
  return readPkglists(isBuiltIn ? ['built-in'] : named, {
    read: async (path) => (isBuiltIn ? defaultPkglistFor(spec) : readIfThere(path)),
    syntax: {
      installer: spec.distribution.installer,
      subdirectories: kind === 'otherpkglist',
    },
    variables: {
      INSTALLDIR: installdir,
      OSVER: spec.osvers,
      ARCH: spec.osarch,
      PROFILE: spec.profile,
      ...spec.environment,
    },
  });
}

async function installerOf(
  spec: ImageSpec,
  options: PackageOptions,
): Promise<{ install: Installer; repositories: readonly Repository[] }> {
  const { installer } = spec.distribution;
  if (installer === 'apt') {
    const sources = await aptSourcesOf(spec, options);
    return { install: aptInstaller({ sources, aptOptions: options.aptOptions }), repositories: [] };
  }
  const kernels = (await exists(join(spec.kerneldir, 'repodata'))) ? [spec.kerneldir] : [];
  const places = options.mirrors.length > 0 ? options.mirrors : spec.pkgdirs;
  const repositories = [
    ...(await findRepositories('distribution', places)),
    ...(kernels.length > 0 ? await findRepositories('kernels', kernels) : []),
    ...(await repolistOf(spec, options)),
  ];
  return { install: installer === 'dnf' ? installByDnf : installByZypper, repositories };
}

async function repolistOf(spec: ImageSpec, { installdir }: PackageOptions): Promise<Repository[]> {
  const path = await resolveProfileFile(spec, 'repolist', installdir);
  const listed = path === undefined ? [] : parseRepolist((await readIfThere(path)) ?? '', path);
  if (spec.distribution.installer === 'zypper') return listed;
  const odd = listed.find(
    ({ type, isLocal }) => type !== 'rpm-md' && !(type === 'plaindir' && isLocal),
  );
  if (odd === undefined) return listed;
  throw new StateliteError('ERR_STATELITE_IMAGE', `dnf cannot read ${odd.url}, a ${odd.type}`, {
    hint: `correct ${path}: rpm-md, or plaindir of a directory`,
  });
}

/** What was named, else media that copycds put there and what this machine itself uses. */
async function aptSourcesOf(spec: ImageSpec, options: PackageOptions): Promise<AptSource[]> {
  const suite = debianSuite(spec.osvers);
  const architecture = debianArchitecture(spec.osarch);
  const named = [...options.mirrors, ...spec.pkgdirs.filter((place) => !place.startsWith('/'))];
  if (named.length > 0) return named.map((mirror) => sourceOfMirror(mirror, suite));
  const media: AptSource[] = [];
  for (const place of spec.pkgdirs.filter((path) => !isUrl(path))) {
    if (!(await exists(join(place, 'dists', suite)))) continue;
    const source = sourceOfMirror(`file://${place}`, suite);
    media.push({ ...source, fields: { Trusted: 'yes' } });
  }
  const { hostSources } = options;
  const hasSuite = hostSources.some(
    (source) => isFor(architecture, source) && source.suites.includes(suite),
  );
  return [
    ...media,
    ...(media.length > 0 && !hasSuite ? [] : sourcesFor(suite, architecture, hostSources)),
  ];
}
