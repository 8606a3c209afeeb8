/** A Debian root to build. */
export interface DebianRoot {
  readonly suite: string;
  /** Debian's name, e.g. amd64. */
  readonly architecture: string;
  readonly packages: readonly string[];
  /** apt.conf(5) lines for the build. */
  readonly aptOptions: readonly string[];
  /** The repositories hold `file:` URIs, which the chroot must see. */
  readonly localMirror: boolean;
  readonly target: string;
}

/** Nobody reads manuals on a compute node, and they are a fifth of the files. */
const leftOut = ['/usr/share/man/*', '/usr/share/locale/*', '/usr/share/doc/*'];

/** Where mmdebstrap stores the options above in the image; ours are for the build alone. */
export const buildOptionsFile = '/etc/apt/apt.conf.d/99mmdebstrap';

/** The command line of mmdebstrap(1), which reads its sources from standard input. */
export function mmdebstrapArguments(root: DebianRoot): string[] {
  return [
    'mmdebstrap',
    '--verbose',
    '--mode=root',
    '--variant=minbase',
    '--format=directory',
    `--architectures=${root.architecture}`,
    `--include=${root.packages.join(',')}`,
    '--aptopt=Acquire::Languages "none";',
    ...root.aptOptions.map((option) => `--aptopt=${option}`),
    ...leftOut.map((path) => `--dpkgopt=path-exclude=${path}`),
    ...(root.localMirror ? ['--hook-dir=/usr/share/mmdebstrap/hooks/file-mirror-automount'] : []),
    root.suite,
    root.target,
    '-',
  ];
}

/** For the environment of the build: the kernel's package would make an initramfs nobody boots. */
export const buildEnvironment = { INITRD: 'No', DEBIAN_FRONTEND: 'noninteractive' } as const;

/** Turns mmdebstrap's output, line by line, into words on how far it is; undefined: nothing new. */
export function packageProgress(): (line: string) => string | undefined {
  let expected = 0;
  let set = 0;
  return (line) => {
    const announced = /^\d+ upgraded, (\d+) newly installed/.exec(line)?.[1];
    if (announced !== undefined) expected += Number(announced);
    const fetched = /^Get:\d+ \S+ \S+ \S+ (\S+)/.exec(line)?.[1];
    if (fetched !== undefined) return `download ${fetched}`;
    const unpacked = /^Unpacking (\S+)/.exec(line)?.[1];
    if (unpacked !== undefined) return `unpack ${unpacked} (${set} of ${expected} set up)`;
    const ready = /^Setting up (\S+)/.exec(line)?.[1];
    if (ready === undefined) return undefined;
    set += 1;
    return `set up ${ready} (${set} of ${expected})`;
  };
}
