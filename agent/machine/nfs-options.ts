import type { MountFlags } from '../system.ts';

/** NFS versions in the order they are tried. */
export const versions = ['4.2', '4.1', '4.0', '3'] as const;
export type NfsVersion = (typeof versions)[number];

export interface NfsOptions {
  readonly flags: MountFlags;
  /** What mount(2) gets besides version and address. */
  readonly data: readonly string[];
  /** Only these are tried; none if the words ask for one that does not exist. */
  readonly versions: readonly NfsVersion[];
}

/** Words of fstab(5) and mount(8) that mean nothing to mount(2) of NFS, or what it does anyway. */
const forMountProgram =
  /^(defaults|auto|noauto|nofail|(no)?(user|users|group|owner)|_netdev|bg|fg|retry=.*|rw|async|suid|dev|exec|atime|relatime|(no)?diratime|comment=.*|x-.*)$/u;

const flagWords: Readonly<Record<string, keyof MountFlags>> = {
  ro: 'readonly',
  nosuid: 'nosuid',
  nodev: 'nodev',
  noexec: 'noexec',
  noatime: 'noatime',
};

/** Splits option words into flags of mount(2), versions, and the option string (pure). */
export function splitNfsOptions(words: readonly string[]): NfsOptions {
  const flags: Partial<Record<keyof MountFlags, boolean>> = {};
  const data: string[] = [];
  const wanted: string[] = [];
  for (const word of words) {
    const flag = Object.hasOwn(flagWords, word) ? flagWords[word] : undefined;
    const version = /^(?:(?:nfs)?vers=|v(?=\d))(?<version>.*)$/u.exec(word)?.groups?.['version'];
    if (flag !== undefined) flags[flag] = true;
    else if (version !== undefined) wanted.push(version);
    else if (!forMountProgram.test(word)) data.push(word);
  }
  return { flags, data, versions: chooseVersions(wanted.at(-1)) };
}

function chooseVersions(wanted: string | undefined): readonly NfsVersion[] {
  if (wanted === undefined) return versions;
  return versions.filter((version) => version === wanted || version.startsWith(`${wanted}.`));
}

/** The option string of mount(2) for one version; `address` is numeric. */
export function mountData(options: NfsOptions, version: NfsVersion, address: string): string {
  // Version 3 compares the protocol with the family of the address.
  const proto = address.includes(':') ? 'proto=tcp6' : 'proto=tcp';
  const v3 = version === '3' ? withoutConflict(['nolock', proto], options.data) : [];
  return [...options.data, ...v3, `vers=${version}`, `addr=${address}`].join(',');
}

/** Defaults that the words do not already decide: `lock` beats our `nolock`. */
function withoutConflict(defaults: readonly string[], words: readonly string[]): string[] {
  const decided = new Set(words.map(subjectOf));
  return defaults.filter((word) => !decided.has(subjectOf(word)));
}

/** What a word is about: `nolock` and `lock`, `udp` and `proto=tcp` are about the same. */
function subjectOf(word: string): string {
  const name = (word.split('=')[0] ?? '').replace(/^no/u, '');
  return /^(tcp|udp|rdma)6?$/u.test(name) ? 'proto' : name;
}
