import { StateliteError } from '../../../agent/errors.ts';

/** Debian's releases by the major number of osimage.osvers. */
const suites: Readonly<Record<string, string>> = {
  '11': 'bullseye',
  '12': 'bookworm',
  '13': 'trixie',
  '14': 'forky',
};

/** osimage.osarch as dpkg(1) calls it. */
const architectures: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  ppc64le: 'ppc64el',
};

/** The suite of an osvers: `debian12` and `debian12.5` are `bookworm`. ERR_STATELITE_IMAGE if there is none. */
export function debianSuite(osvers: string): string {
  const major = /^debian(\d+)(\.\d+)*$/.exec(osvers)?.[1];
  const suite = major === undefined ? undefined : suites[major];
  if (suite !== undefined) return suite;
  const known = Object.keys(suites).map((number) => `debian${number}`);
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `cannot build an image of osvers ${JSON.stringify(osvers)}`,
    { hint: `use one of ${known.join(', ')}` },
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
