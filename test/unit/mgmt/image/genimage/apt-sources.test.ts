import { describe, expect, test } from 'vitest';
import {
  isFor,
  parseListFile,
  parseSourcesFile,
  renderSources,
  sourceOfMirror,
  sourcesFor,
} from '../../../../../mgmt/image/genimage/apt-sources.ts';
import { inheritedOptions } from '../../../../../mgmt/image/genimage/host-apt.ts';

const debian = `Types: deb deb-src
# a snapshot
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates trixie
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://example.com/off
Suites: bookworm
Components: main
Enabled: no
\t
types: deb
URIs: https://example.com/key
 https://example.com/other
Suites: bookworm
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
 -----END PGP PUBLIC KEY BLOCK-----
`;

describe("the host's sources", () => {
  test('in one-line format, with options; without sources, discs and comments', () => {
    const text = `# deb http://x/ a b
deb [arch=amd64,i386 signed-by=/k.gpg] http://deb.debian.org/debian bookworm main contrib # why
deb-src http://deb.debian.org/debian bookworm main
deb cdrom:[Debian 12]/ bookworm main
deb http://flat.example.com ./
`;
    expect(parseListFile(text)).toEqual([
      {
        uris: ['http://deb.debian.org/debian'],
        suites: ['bookworm'],
        components: ['main', 'contrib'],
        fields: { Architectures: 'amd64 i386', 'Signed-By': '/k.gpg' },
      },
      { uris: ['http://flat.example.com'], suites: ['./'], components: [], fields: {} },
    ]);
  });

  test('in deb822 format, with keys in them; without disabled ones', () => {
    const [first, second, ...more] = parseSourcesFile(debian);
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      suites: ['bookworm', 'bookworm-updates', 'trixie'],
      components: ['main', 'contrib'],
    });
    expect(second?.uris).toEqual(['https://example.com/key', 'https://example.com/other']);
    expect(second?.fields['signed-by']).toContain('\n mQINBF\n');
  });

  test('of the image are those of its suite', () => {
    const sources = sourcesFor('bookworm', 'amd64', [
      ...parseSourcesFile(debian),
      ...parseListFile(
        'deb http://s.org bookworm-security main\ndeb http://e.com bookworm2 x\ndeb http://n.com nodistro x',
      ),
    ]);
    expect(sources.map(({ suites }) => suites)).toEqual([
      ['bookworm', 'bookworm-updates'],
      ['bookworm'],
      ['bookworm-security'],
    ]);
  });

  test('of an architecture are those that are kept for it, and those for all', () => {
    const host = [
      ...parseListFile('deb [arch=amd64,i386] http://archive.org noble main'),
      ...parseSourcesFile(
        'Types: deb\nURIs: http://ports.org\nSuites: noble\nArchitectures: arm64\n',
      ),
      ...parseListFile('deb http://all.org noble-updates main'),
    ];
    const urisFor = (architecture: string) =>
      sourcesFor('noble', architecture, host).flatMap(({ uris }) => uris);
    expect(urisFor('amd64')).toEqual(['http://archive.org', 'http://all.org']);
    expect(urisFor('arm64')).toEqual(['http://ports.org', 'http://all.org']);
    expect(() => urisFor('ppc64el')).toThrow('offers the suite noble for ppc64el');
  });

  test.for([
    ['arch+=arm64', ['amd64', 'arm64']],
    ['arch-=arm64', ['amd64']],
  ] as const)('with %s are for %j', ([option, expected]) => {
    const [source] = parseListFile(`deb [${option}] http://s.org bookworm main`);
    const found = source && ['amd64', 'arm64'].filter((name) => isFor(name, source));
    expect(found).toEqual(expected);
  });

  test('without the suite itself are refused, with the way out', () => {
    const only = parseListFile('deb http://s.org bookworm-security main');
    expect(() => sourcesFor('bookworm', 'amd64', only)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('--mirror') }),
    );
  });

  test('come out as a sources file that means the same', () => {
    const sources = parseSourcesFile(debian);
    expect(parseSourcesFile(renderSources(sources))).toEqual(sources);
    expect(renderSources(sources.slice(0, 1))).toBe(`Types: deb
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates trixie
Components: main contrib
signed-by: /usr/share/keyrings/debian-archive-keyring.gpg
`);
  });
});

describe('--mirror', () => {
  test('is a URI, or a whole line', () => {
    expect(sourceOfMirror('http://m/debian', 'trixie')).toMatchObject({
      uris: ['http://m/debian'],
      suites: ['trixie'],
      components: ['main'],
    });
    expect(sourceOfMirror('deb [trusted=yes] file:/m bookworm main', 'trixie')).toMatchObject({
      suites: ['bookworm'],
      fields: { Trusted: 'yes' },
    });
  });

  test.for(['', 'debian', '-x', 'deb http://m'])('%j is none', (mirror) => {
    expect(() => sourceOfMirror(mirror, 'trixie')).toThrow(/is no URI/);
  });
});

test('of apt.conf, proxies and clock checks go into a build, and nothing that runs programs', () => {
  const dump = `APT "";
Acquire "";
Acquire::http "";
Acquire::http::Proxy "http://p:3142";
Acquire::https::Proxy::example.com "DIRECT";
Acquire::http::ProxyAutoDetect "/usr/bin/detect";
Acquire::Check-Valid-Until "false";
DPkg::Pre-Install-Pkgs:: "/usr/sbin/x";
`;
  expect(inheritedOptions(dump)).toEqual([
    'Acquire::http::Proxy "http://p:3142";',
    'Acquire::https::Proxy::example.com "DIRECT";',
    'Acquire::Check-Valid-Until "false";',
  ]);
});
