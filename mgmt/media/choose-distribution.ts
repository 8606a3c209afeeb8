import { StateliteError } from '../../agent/errors.ts';
import { archOf, type Distribution, type Family, type Marks } from './distribution.ts';

/** How the names begin that `-n` may give (reference 4.1), by family. */
const beginnings: readonly (readonly [RegExp, Family])[] = [
  [/^(?:centos|alma|rocky|fedora|SL|ol|pkvm|rh)/u, 'redhat'],
  [/^(?:sle|leap|suse|opensuse)/u, 'suse'],
  [/^(?:debian|ubuntu)/u, 'debian'],
];
const examples = 'rhels9.4, rocky9.4, centos7.9, fedora40, ol9, sles15.6, leap15.6, debian12';

/** What `-n` and `-a` say; undefined: not given. */
export interface Asked {
  readonly name?: string | undefined;
  readonly arch?: string | undefined;
}

/**
 * What a medium is copied as: what was asked for, else what it says of itself. With both options a
 * medium needs no file to be known by. Throws ERR_STATELITE_IMAGE if it is not known, is of another
 * family or another architecture, ERR_STATELITE_USAGE for words that no system has.
 */
export function chooseDistribution(
  medium: string,
  marks: Marks | undefined,
  asked: Asked,
): Distribution {
  const askedFamily = asked.name === undefined ? undefined : familyOf(asked.name);
  const askedArch = asked.arch === undefined ? undefined : knownArch(asked.arch);
  const family = askedFamily ?? marks?.family;
  const name = asked.name ?? marks?.name;
  const arch = askedArch ?? marks?.arch;
  if (family === undefined || name === undefined) throw unknown(medium, marks);
  if (marks !== undefined && marks.family !== family) {
    throw bad(
      `${medium} is not ${name}: it looks like ${marks.name ?? `a ${marks.family} medium`}`,
    );
  }
  if (arch === undefined) throw bad(`${medium} does not say its architecture`, 'name it with -a');
  if (marks?.arch !== undefined && arch !== marks.arch) {
    throw bad(
      `Requested distribution architecture ${arch}, but media is ${marks.arch}`,
      `leave -a out, or give another medium than ${medium}`,
    );
  }
  return { family, name, arch, disc: marks?.disc ?? '1' };
}

/** The name becomes a directory. */
function familyOf(name: string): Family {
  const family = /^[A-Za-z][\w.+-]*$/u.test(name)
    ? beginnings.find(([pattern]) => pattern.test(name))?.[1]
    : undefined;
  if (family !== undefined) return family;
  throw new StateliteError('ERR_STATELITE_USAGE', `-n ${name} is no system that is known`, {
    hint: `use a name like ${examples}`,
  });
}

function knownArch(word: string): string {
  const arch = archOf(word);
  if (arch !== undefined) return arch;
  throw new StateliteError('ERR_STATELITE_USAGE', `-a ${word} is no architecture that is known`, {
    hint: 'use x86_64, aarch64, ppc64le, ppc64, s390x or x86',
  });
}

function unknown(medium: string, marks: Marks | undefined): StateliteError {
  return bad(
    'copycds could not identify the ISO supplied, you may wish to try -n <osver>',
    marks === undefined
      ? `${medium} has no .discinfo, .treeinfo, media.1 or .disk/info that is known; with -n and -a it is copied as it is`
      : `${medium} is a ${marks.family} medium that does not say its version, e.g. -n ${examples}`,
  );
}

function bad(message: string, hint?: string): StateliteError {
  return new StateliteError('ERR_STATELITE_IMAGE', message, hint === undefined ? {} : { hint });
}
