/** Distributions whose media are laid out alike. */
export type Family = 'redhat' | 'suse' | 'debian';

/** What a medium says of itself; undefined where it does not say. */
export interface Marks {
  readonly family: Family;
  /** As osimage.osvers has it, e.g. `rocky9.4`. */
  readonly name: string | undefined;
  readonly arch: string | undefined;
  /** `1`, `1,2`, `ALL`, `sdk1`: as the medium numbers itself. */
  readonly disc: string | undefined;
}

/** A medium whose system and architecture are known; both are plain words. */
export type Distribution = { readonly [M in keyof Marks]: NonNullable<Marks[M]> };

/** Texts of the identifying files of a medium, by their paths. */
export type MediumTexts = ReadonlyMap<string, string>;

/** 9, 9.4 and 12.5.0. */
export const version = String.raw`\d+(?:\.\d+)*`;

/** Every spelling of an architecture that is not xCAT's own. */
const spellings: Readonly<Record<string, string>> = {
  amd64: 'x86_64',
  arm64: 'aarch64',
  ppc64el: 'ppc64le',
  powerpc: 'ppc64',
  ppc: 'ppc64',
};

/** An architecture in xCAT's words (reference 4.1): `i386` is `x86`, `ppc` is `ppc64`. */
export function archOf(word: string): string | undefined {
  if (/^i.86$/u.test(word)) return 'x86';
  const name = spellings[word] ?? word;
  return /^(?:x86|x86_64|aarch64|ppc64|ppc64le|s390x|riscv64|armhf)$/u.test(name)
    ? name
    : undefined;
}

/** A medium is the first, or one of several: `1,2` and `ALL` are the first too. */
export function discNumber(disc: string): number {
  return Number(/\d+/u.exec(disc)?.[0] ?? 1);
}
