import { type AptSource, renderSources } from './apt-sources.ts';
import { debianArchitecture, debianSuite } from './debian-release.ts';
import type { InstallCommand, Installer, InstallJob } from './installer.ts';

/** What apt is told besides the packages. */
export interface AptSettings {
  readonly sources: readonly AptSource[];
  /** apt.conf(5) lines for the build. */
  readonly aptOptions: readonly string[];
}

/** Nobody reads manuals on a compute node, and they are a fifth of the files. */
const leftOut = ['/usr/share/man/*', '/usr/share/locale/*', '/usr/share/doc/*'];

/** Where mmdebstrap stores the options above in the image; ours are for the build alone. */
export const buildOptionsFile = '/etc/apt/apt.conf.d/99mmdebstrap';

/** The kernel's package would make an initramfs nobody boots. */
const environment = { INITRD: 'No', DEBIAN_FRONTEND: 'noninteractive' } as const;

/**
 * mmdebstrap(1), which reads its sources from standard input. apt installs all passes at once;
 * what is to be removed afterwards is removed in the root.
 */
export function aptInstaller(settings: AptSettings): Installer {
  return (job) => {
    const { passes, root } = job;
    const variables = Object.assign({}, ...passes.map((pass) => pass.environment));
    const after = [...new Set(passes.flatMap(({ removeAfter }) => removeAfter))];
    const purge: InstallCommand = {
      argv: ['chroot', root, 'apt-get', '--yes', 'purge', ...after],
      environment: { ...variables, ...environment, HOME: '/root' },
      mounts: true,
    };
    const sources = [...settings.sources, ...flatSources(job)];
    return {
      files: {},
      commands: [
        {
          argv: mmdebstrapArguments(job, { ...settings, sources }),
          environment: { ...variables, ...environment },
          input: renderSources(sources),
          mounts: false,
        },
        ...(after.length > 0 ? [purge] : []),
      ],
    };
  };
}

/** Directories of packages: `copy:`, because the root does not see where the packages lie. */
function flatSources({ repositories }: InstallJob): AptSource[] {
  return repositories.map(({ url }) => ({
    uris: [url.replace(/^file:/, 'copy:')],
    suites: ['./'],
    components: [],
    fields: { Trusted: 'yes' },
  }));
}

function mmdebstrapArguments(
  { spec, root, passes }: InstallJob,
  { sources, aptOptions }: AptSettings,
): string[] {
  const wanted = passes.flatMap(({ install, removeBefore }) => [
    ...install,
    ...removeBefore.map((name) => `${name}-`),
  ]);
  const isLocal = sources.some(({ uris }) => uris.some((uri) => /^(file|copy):/.test(uri)));
  return [
    'mmdebstrap',
    '--verbose',
    '--mode=root',
    '--variant=minbase',
    '--format=directory',
    `--architectures=${debianArchitecture(spec.osarch)}`,
    '--skip=check/qemu', // foreign-programs.ts has looked, and needs no further package for it
    `--include=${[...new Set(wanted)].join(',')}`,
    '--aptopt=Acquire::Languages "none";',
    ...aptOptions.map((option) => `--aptopt=${option}`),
    ...leftOut.map((path) => `--dpkgopt=path-exclude=${path}`),
    ...(isLocal ? ['--hook-dir=/usr/share/mmdebstrap/hooks/file-mirror-automount'] : []),
    debianSuite(spec.osvers),
    root,
    '-',
  ];
}
