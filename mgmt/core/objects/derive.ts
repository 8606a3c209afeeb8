import { join } from 'node:path';
import { StateliteError } from '../../../agent/errors.ts';

/** What `-u` starts from; undefined: not given. */
export interface ImageWords {
  readonly profile: string;
  readonly provmethod: string;
  readonly osvers: string;
  readonly osarch: string;
}

/** Files of a profile, where they were found. */
export type ProfileFiles = Readonly<
  Partial<Record<'pkglist' | 'exlist' | 'postinstall' | 'otherpkglist', string>>
>;

/**
 * The attributes that `mkdef -u` and `chdef -u` fill in; what is given on the command line stands
 * over them.
 */
export function derivedAttributes(
  { profile, provmethod, osvers, osarch }: ImageWords,
  files: ProfileFiles,
  installdir: string,
): ReadonlyMap<string, string> {
  return new Map(
    Object.entries({
      profile,
      provmethod,
      imagetype: 'linux',
      osname: 'Linux',
      osvers,
      osarch,
      osdistroname: `${osvers}-${osarch}`,
      ...files,
      pkgdir: join(installdir, osvers, osarch),
      otherpkgdir: join(installdir, 'post/otherpkgs', osvers, osarch),
      rootimgdir: join(installdir, 'netboot', osvers, osarch, profile),
    }),
  );
}

/** Throws ERR_STATELITE_USAGE naming what is missing, or is no word of a path. */
export function imageWords(given: {
  readonly [W in keyof ImageWords]: string | undefined;
}): ImageWords {
  const { profile = '', provmethod = '', osvers = '', osarch = '' } = given;
  const words = { profile, provmethod, osvers, osarch };
  const missing = Object.entries(words).filter(([, word]) => word === '');
  if (missing.length > 0) {
    const names = missing.map(([name]) => name).join(' and ');
    refuse(`-u needs ${names}`, 'mkdef IMAGE -u profile=compute provmethod=statelite');
  }
  const odd = Object.entries(words).find(([, word]) => !/^[\w][\w.+-]*$/u.test(word));
  if (odd !== undefined) refuse(`${odd[0]} ${JSON.stringify(odd[1])} is no plain word`);
  if (!/^(?:statelite|netboot|install)$/u.test(provmethod)) {
    refuse(`provmethod ${provmethod} is not known`, 'use statelite, netboot or install');
  }
  return words;
}

/**
 * System and architecture of the copied distribution that an image's name begins with, the longest
 * such: `rhels7.3` of `rhels7.3-custom-statelite`. Of several architectures it is the one that the
 * name has as a part, else undefined.
 */
export function distributionNamed(
  image: string,
  copied: readonly { readonly osdistroname: string; readonly arch: string | null }[],
): { readonly osvers: string; readonly osarch: string | undefined } | undefined {
  const named = copied
    .flatMap(({ osdistroname, arch }) => {
      const ending = `-${arch}`;
      if (arch === null || !osdistroname.endsWith(ending)) return [];
      return [{ osvers: osdistroname.slice(0, -ending.length), osarch: arch }];
    })
    .filter(({ osvers }) => `${image}-`.startsWith(`${osvers}-`))
    .toSorted((a, b) => b.osvers.length - a.osvers.length);
  const [first] = named;
  if (first === undefined) return undefined;
  const same = named.filter(({ osvers }) => osvers === first.osvers);
  const parts = image.split('-');
  const ofName = same.find(({ osarch }) => parts.includes(osarch));
  return { osvers: first.osvers, osarch: (same.length === 1 ? first : ofName)?.osarch };
}

/** This machine's system in xCAT's words, from os-release(5): debian12, rhels9.4, sles15.5. */
export function osversOf(osRelease: string): string | undefined {
  const field = (name: string) =>
    new RegExp(`^${name}=["']?(?<value>[^"'\\n]*)`, 'mu').exec(osRelease)?.groups?.['value'];
  const [id, version] = [field('ID'), field('VERSION_ID')];
  if (id === undefined || version === undefined) return undefined;
  const names: Readonly<Record<string, string>> = { rhel: 'rhels', almalinux: 'alma' };
  return `${names[id] ?? id}${version}`;
}

function refuse(problem: string, hint?: string): never {
  throw new StateliteError('ERR_STATELITE_USAGE', problem, hint === undefined ? {} : { hint });
}
