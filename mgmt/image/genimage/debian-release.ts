import { StateliteError } from '../../../agent/errors.ts';

/** Suites by what osimage.osvers begins with: Debian by its major number, Ubuntu by year and month. */
const suites: Readonly<Record<string, string>> = {
  debian11: 'bullseye',
  debian12: 'bookworm',
  debian13: 'trixie',
  debian14: 'forky',
  'ubuntu20.04': 'focal',
  'ubuntu22.04': 'jammy',
  'ubuntu24.04': 'noble',
};

/** osimage.osarch as dpkg(1) calls it. */
const architectures: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  ppc64le: 'ppc64el',
};

/**
 * The suite of an osvers: `debian12` and `debian12.5` are `bookworm`, `ubuntu22.04.3` is `jammy`.
 * ERR_STATELITE_IMAGE if there is none.
 */
export function debianSuite(osvers: string): string {
  const name = /^(debian\d+|ubuntu\d+\.\d+)(\.\d+)*$/.exec(osvers)?.[1] ?? '';
  const suite = Object.hasOwn(suites, name) ? suites[name] : undefined;
  if (suite !== undefined) return suite;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `cannot build an image of osvers ${JSON.stringify(osvers)}`,
    { hint: `use one of ${Object.keys(suites).join(', ')}` },
  );
}

/** Debian's name of an osarch: `x86_64` is `amd64`. ERR_STATELITE_IMAGE if there is none. */
export function debianArchitecture(osarch: string): string {
  const name = Object.hasOwn(architectures, osarch) ? architectures[osarch] : undefined;
  if (name !== undefined) return name;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `cannot build an image of osarch ${JSON.stringify(osarch)}`,
    { hint: `use one of ${Object.keys(architectures).join(', ')}` },
  );
}
