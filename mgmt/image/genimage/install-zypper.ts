import { rpmDatabase } from './distribution.ts';
import {
  type InstallCommand,
  type InstallJob,
  type InstallPass,
  type InstallPlan,
  rpmEnvironment,
  rpmMacros,
  workInside,
} from './installer.ts';
import type { Repository } from './repositories.ts';

/** A reboot or a restart of zypper is wanted (102, 103), a script of a package failed (107). */
const okExits = [102, 103, 107];

/** `zypper --root`, with repositories and settings of its own. */
export function installByZypper(job: InstallJob): InstallPlan {
  const { spec, root, passes, repositories, update, keys, checkSignatures } = job;
  const environment = {
    ...rpmEnvironment(),
    ZYPP_CONF: `${workInside}/zypp.conf`,
    ZYPP_LOGFILE: `${workInside}/zypper.log`,
  };
  const run = (
    options: readonly string[],
    words: readonly string[],
    pass: Readonly<Record<string, string>> = {},
  ): InstallCommand => ({
    argv: [...zypper(job), ...options, ...words],
    environment: { ...pass, ...environment },
    mounts: true,
    okExits,
  });
  const install = ['install', '--auto-agree-with-licenses', '--no-recommends'];
  const ofPass = (pass: InstallPass, index: number): InstallCommand[] => {
    const of = (words: readonly string[], options: readonly string[] = []) =>
      run(options, words, pass.environment);
    const { removeBefore, removeAfter } = pass;
    const remove = (names: readonly string[]) =>
      names.length > 0 ? [of(['remove', ...names.map(named)], ['--ignore-unknown'])] : [];
    // a lock keeps a package out also when something would only like to have it; none holds a pattern
    const locked = removeBefore.filter((word) => !word.startsWith('@'));
    const patterns = removeBefore.filter((word) => word.startsWith('@'));
    const keptOut = pass.from === 'pkglist' && locked.length > 0;
    return [
      ...(index > 0 ? remove(removeBefore) : []),
      ...(keptOut ? [of(['addlock', ...locked])] : []),
      ...(pass.install.length > 0 ? [of([...install, ...pass.install.map(named)])] : []),
      ...(keptOut ? [of(['removelock', ...locked])] : []),
      ...remove([...(pass.from === 'pkglist' ? patterns : []), ...removeAfter]),
    ];
  };
  const importKeys =
    checkSignatures && keys.length > 0 && repositories.some(({ isLocal }) => !isLocal)
      ? [{ argv: ['rpm', '--root', root, '--import', ...keys], environment, mounts: true }]
      : [];
  return {
    files: {
      '.rpmmacros': rpmMacros(rpmDatabase(spec.distribution)),
      'zypper.conf': '',
      'zypp.conf': `[main]\narch = ${spec.osarch}\nrpm.install.excludedocs = yes\nlocksfile.path = ${workInside}/locks\nsolver.onlyRequires = true\n`,
      ...Object.fromEntries(
        repositories.map((repository) => [
          `repos/${repository.id}.repo`,
          renderRepository(repository, checkSignatures),
        ]),
      ),
    },
    commands: [
      ...importKeys,
      ...passes.flatMap(ofPass),
      ...(update ? [run([], ['update', '--auto-agree-with-licenses', '--no-recommends'])] : []),
    ],
  };
}

function zypper({ root, spec }: InstallJob): string[] {
  const { version } = spec.distribution;
  return [
    'zypper',
    `--config=${workInside}/zypper.conf`,
    '--non-interactive',
    `--root=${root}`,
    `--reposd-dir=${workInside}/repos`,
    `--cache-dir=${workInside}/cache`,
    ...(version === '' ? [] : [`--releasever=${version}`]),
  ];
}

/** `@name` is a pattern: a package provides it by this name. `pattern:` needs a solver Debian has not. */
function named(word: string): string {
  return word.startsWith('@') ? `pattern() = ${word.slice(1)}` : word;
}

function renderRepository({ id, url, type, isLocal }: Repository, check: boolean): string {
  // zypp reads a directory through dir:, which it never copies
  const baseurl = url.replace(/^file:/, 'dir:');
  return `[${id}]
name=${id}
baseurl=${baseurl}
type=${type}
enabled=1
autorefresh=1
keeppackages=0
gpgcheck=${isLocal || !check ? 0 : 1}
`;
}
