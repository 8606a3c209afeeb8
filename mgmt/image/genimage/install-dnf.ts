import { pathToFileURL } from 'node:url';
import { majorVersion, rpmDatabase } from './distribution.ts';
import {
  type InstallCommand,
  type InstallJob,
  type InstallPass,
  type InstallPlan,
  rpmEnvironment,
  rpmMacros,
  workInside,
} from './installer.ts';

/** `dnf --installroot`, with nothing of this machine's own configuration. */
export function installByDnf(job: InstallJob): InstallPlan {
  const { spec, passes, update } = job;
  const run = (words: readonly string[], environment: Readonly<Record<string, string>> = {}) => ({
    argv: [...dnf(job), ...words],
    environment: { ...environment, ...rpmEnvironment(), DNF_DISABLE_ALIASES: '1' },
    mounts: true,
  });
  const ofPass = (pass: InstallPass, index: number): InstallCommand[] => {
    const of = (words: readonly string[]) => run(words, pass.environment);
    const keptOut = pass.from === 'pkglist' ? pass.removeBefore : [];
    return [
      ...(index > 0 && pass.removeBefore.length > 0 ? [of(['remove', ...pass.removeBefore])] : []),
      ...(pass.install.length > 0
        ? [of(['install', ...keptOut.map((name) => `--exclude=${name}`), ...pass.install])]
        : []),
      ...(pass.removeAfter.length > 0 ? [of(['remove', ...pass.removeAfter])] : []),
    ];
  };
  return {
    files: {
      '.rpmmacros': rpmMacros(rpmDatabase(spec.distribution)),
      'dnf.conf': renderConfiguration(job),
    },
    commands: [...passes.flatMap(ofPass), ...(update ? [run(['upgrade'])] : [])],
  };
}

function dnf({ root, spec }: InstallJob): string[] {
  const { version } = spec.distribution;
  return [
    'dnf',
    '--assumeyes',
    `--config=${workInside}/dnf.conf`,
    // on the command line these are of this machine; in the file they would be looked for in the root too
    `--setopt=reposdir=${workInside}/none`,
    `--setopt=varsdir=${workInside}/none`,
    `--installroot=${root}`,
    `--releasever=${version === '' ? '/' : version}`,
    `--forcearch=${spec.osarch}`,
  ];
}

/** dnf puts the root before these paths; both ends of workInside are the same directory. */
function renderConfiguration({ spec, repositories, keys, checkSignatures }: InstallJob): string {
  const module = modulePlatform(spec.distribution);
  const main = {
    cachedir: `${workInside}/cache`,
    logdir: `${workInside}/log`,
    plugins: 0,
    gpgcheck: 1,
    strict: 1,
    best: 1,
    skip_if_unavailable: 0,
    install_weak_deps: 0,
    tsflags: 'nodocs',
    clean_requirements_on_remove: 0,
    protected_packages: '',
    ...(module === undefined ? {} : { module_platform_id: module }),
  };
  const sections = repositories.map(({ id, url, isLocal }) => {
    const checked = !isLocal && checkSignatures;
    const gpgkey = keys.map((path) => pathToFileURL(path).href).join(' ');
    return [
      id,
      { name: id, baseurl: url, gpgcheck: checked ? 1 : 0, ...(checked ? { gpgkey } : {}) },
    ] as const;
  });
  return [['main', main] as const, ...sections]
    .map(([name, values]) => {
      const lines = Object.entries(values).map(([key, value]) => `${key}=${value}\n`);
      return `[${name}]\n${lines.join('')}`;
    })
    .join('\n');
}

/** Which streams of modules fit, from version 8 of Red Hat's on. */
function modulePlatform(distribution: InstallJob['spec']['distribution']): string | undefined {
  const major = majorVersion(distribution);
  if (major === undefined) return undefined;
  if (/^fedora$/i.test(distribution.base)) return `platform:f${major}`;
  return major >= 8 ? `platform:el${major}` : undefined;
}
