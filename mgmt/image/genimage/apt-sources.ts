import { StateliteError } from '../../../agent/errors.ts';

/** One repository of apt's configuration, whichever of the two formats it was written in. */
export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Further deb822 fields, e.g. Signed-By; a value may have several lines. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Options of the one-line format by the deb822 field that means the same (sources.list(5)). */
const oneLineOptions: Readonly<Record<string, string>> = {
  arch: 'Architectures',
  lang: 'Languages',
  target: 'Targets',
  pdiffs: 'PDiffs',
  'by-hash': 'By-Hash',
  'allow-insecure': 'Allow-Insecure',
  trusted: 'Trusted',
  'signed-by': 'Signed-By',
  'check-valid-until': 'Check-Valid-Until',
  'valid-until-min': 'Valid-Until-Min',
  'valid-until-max': 'Valid-Until-Max',
  'check-date': 'Check-Date',
};
const known = new Set(['types', 'uris', 'suites', 'components', 'enabled']);
/** Words of a value; in the one-line format lists are separated by commas. */
const words = (text: string, separator: RegExp = /\s+/) => text.split(separator).filter(Boolean);

/** The binary repositories of a `*.list` file. */
export function parseListFile(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const [, options = '', rest = ''] = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?([^#]*)/.exec(line) ?? [];
    const [uri, suite, ...components] = words(rest);
    if (uri === undefined || suite === undefined || uri.startsWith('cdrom:')) return [];
    const fields = words(options).flatMap((option): [string, string][] => {
      const [name = '', sign, value = ''] = option.split(/([+-]?)=(.*)/s);
      const field = oneLineOptions[name.toLowerCase()];
      // `arch+=` is what this machine wants besides its own, and nothing that an image needs.
      if (field === undefined || sign === '+') return [];
      return [[sign === '-' ? `${field}-Remove` : field, words(value, /,/).join(' ')]];
    });
    return [{ uris: [uri], suites: [suite], components, fields: Object.fromEntries(fields) }];
  });
}

/** The enabled binary repositories of a `*.sources` file. */
export function parseSourcesFile(text: string): AptSource[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  return lines
    .join('\n')
    .split(/\n[ \t]*\n/)
    .map(parseStanza)
    .filter((fields) => words(fields['types'] ?? '').includes('deb'))
    .filter((fields) => !/^(no|false|0|off)$/i.test(fields['enabled'] ?? 'yes'))
    .map((fields) => ({
      uris: words(fields['uris'] ?? '').filter((uri) => !uri.startsWith('cdrom:')),
      suites: words(fields['suites'] ?? ''),
      components: words(fields['components'] ?? ''),
      fields: Object.fromEntries(Object.entries(fields).filter(([name]) => !known.has(name))),
    }));
}

/** Fields by lower-case name; continuation lines stay as they are. */
function parseStanza(stanza: string): Record<string, string> {
  const fields = stanza.matchAll(/^([!-9;-~]+):[ \t]*(.*(?:\n[ \t].*)*)/gm);
  return Object.fromEntries(
    [...fields].map(([, name = '', value = '']) => [name.toLowerCase(), value]),
  );
}

/**
 * The host's repositories of `suite`: itself, -updates, -security, -backports; not those that it
 * keeps for other architectures. ERR_STATELITE_IMAGE if the host has none, because then packages
 * would come from a place nobody named.
 */
export function sourcesFor(
  suite: string,
  architecture: string,
  host: readonly AptSource[],
): AptSource[] {
  const belongs = (name: string) => name === suite || /^[-/]/.test(name.slice(suite.length));
  const chosen = host
    .filter((source) => isFor(architecture, source))
    .map((source) => ({
      ...source,
      suites: source.suites.filter((name) => name.startsWith(suite) && belongs(name)),
    }))
    .filter(({ suites, uris }) => suites.length > 0 && uris.length > 0);
  if (chosen.some(({ suites }) => suites.includes(suite))) return chosen;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `no apt source of this machine offers the suite ${suite} for ${architecture}`,
    { hint: 'name one with --mirror, e.g. --mirror http://mirror.example/debian' },
  );
}

/**
 * Whether a source has packages of an architecture, by Debian's name. One without the field is for all
 * of them; apt(8) does not mind how a field is written.
 */
export function isFor(architecture: string, { fields }: AptSource): boolean {
  const has = (wanted: string) => {
    const field = Object.entries(fields).find(([name]) => name.toLowerCase() === wanted);
    return field && words(field[1]).includes(architecture);
  };
  return has('architectures') !== false && has('architectures-remove') !== true;
}

/** What `--mirror` means: a URI with the suite's main component, or a whole `deb ...` line. */
export function sourceOfMirror(mirror: string, suite: string): AptSource {
  const [line] = parseListFile(mirror);
  if (line !== undefined) return line;
  if (/^[a-z][a-z0-9+.-]*:\/\/?\S+$/.test(mirror)) {
    return { uris: [mirror], suites: [suite], components: ['main'], fields: {} };
  }
  throw new StateliteError('ERR_STATELITE_USAGE', `--mirror ${JSON.stringify(mirror)} is no URI`, {
    hint: 'for example http://mirror.example/debian, or "deb http://… bookworm main"',
  });
}

/** As a `*.sources` file. */
export function renderSources(sources: readonly AptSource[]): string {
  return sources
    .map(({ uris, suites, components, fields }) =>
      Object.entries({
        Types: 'deb',
        URIs: uris.join(' '),
        Suites: suites.join(' '),
        ...(components.length === 0 ? {} : { Components: components.join(' ') }),
        ...fields,
      })
        .map(([name, value]) => `${name}: ${value}\n`)
        .join(''),
    )
    .join('\n');
}
