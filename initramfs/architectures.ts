/** An architecture of nodes, by the names that others have for it. */
export interface Architecture {
  /** xCAT's: osimage.osarch, and `uname -m`. */
  readonly name: string;
  /** e_machine of its programs (elf(5)). */
  readonly machine: number;
  /** Debian's directory of its libraries, and the beginning of its cross tools' names. */
  readonly triplet: string;
  /** Debian's, as in `libc6-arm64-cross`. */
  readonly debian: string;
  /** Node's: `process.arch`. */
  readonly node: 'x64' | 'arm64' | 'ppc64';
}

/** What images may be of. */
export const architectures: readonly Architecture[] = [
  {
    name: 'x86_64',
    machine: 62,
    triplet: 'x86_64-linux-gnu',
    debian: 'amd64',
    node: 'x64',
  },
  {
    name: 'aarch64',
    machine: 183,
    triplet: 'aarch64-linux-gnu',
    debian: 'arm64',
    node: 'arm64',
  },
  {
    name: 'ppc64le',
    machine: 21,
    triplet: 'powerpc64le-linux-gnu',
    debian: 'ppc64el',
    node: 'ppc64',
  },
];

/** What programs of an e_machine are called, for messages. */
export function machineName(machine: number): string {
  return architectures.find((one) => one.machine === machine)?.name ?? `machine ${machine}`;
}
