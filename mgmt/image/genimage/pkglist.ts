import { dirname, resolve } from 'node:path';
import { StateliteError } from '../../../agent/errors.ts';

/** What a pkglist asks for, its includes read. */
export interface PackageList {
  /** In the order written, each once; `name-` keeps a package out, as apt-get(8) reads it. */
  readonly packages: readonly string[];
  /** From `#ENV:NAME=value#` lines: for the installation and the postinstall scripts. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Text of a file, or undefined if there is none. */
export type ReadText = (path: string) => Promise<string | undefined>;

/** One item of a pkglist, where it was written. */
type Item =
  | { kind: 'package'; name: string }
  | { kind: 'include'; path: string }
  | { kind: 'environment'; name: string; value: string };

/** `name`, `name:arch`, `name=version` or `name/release`: what apt takes and no shell or list breaks. */
const packageName = /^[a-z0-9][a-z0-9+.-]*(:[a-z0-9-]+)?([=/][A-Za-z0-9.+:~-]+)?$/;
const directive = /^#\s*(INCLUDE|ENV|NEW_INSTALL_LIST):?(.*)#\s*$/;

/**
 * Reads a pkglist: packages by line or comma, `# comment`, `#INCLUDE:file#` (relative to the file it
 * stands in), `#ENV:NAME=value#`, `-package` to keep one out. apt installs all passes of
 * `#NEW_INSTALL_LIST#` at once. Throws ERR_STATELITE_IMAGE with file and line.
 */
export async function readPkglist(path: string, read: ReadText): Promise<PackageList> {
  const packages = new Set<string>();
  const environment: Record<string, string> = {};
  await collect(path, []);
  return { packages: [...packages], environment };

  async function collect(file: string, above: readonly string[]): Promise<void> {
    if (above.includes(file))
      throw bad(file, `it includes itself: ${[...above, file].join(' → ')}`);
    const text = await read(file);
    if (text === undefined) throw missing(file, above.at(-1));
    for (const item of parsePkglist(text, file)) {
      if (item.kind === 'package') packages.add(item.name);
      else if (item.kind === 'environment') environment[item.name] = item.value;
      else await collect(resolve(dirname(file), item.path), [...above, file]);
    }
  }
}

/** The items of one file, `file` for messages. */
export function parsePkglist(text: string, file: string): Item[] {
  return text.split('\n').flatMap((line, index): Item[] => {
    const where = `${file}:${index + 1}`;
    const special = directive.exec(line.trim());
    if (special !== null) return parseDirective(special[1] ?? '', special[2] ?? '', where);
    return (line.split('#', 1)[0] ?? '')
      .split(/[\s,]+/)
      .filter((word) => word !== '')
      .map((word) => ({ kind: 'package', name: parsePackage(word, where) }));
  });
}

function parseDirective(name: string, value: string, where: string): Item[] {
  if (name === 'NEW_INSTALL_LIST') return [];
  if (name === 'INCLUDE') {
    if (value.trim() === '') throw bad(where, '#INCLUDE:# names no file');
    return [{ kind: 'include', path: value.trim() }];
  }
  const [, variable, text] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(value.trim()) ?? [];
  if (variable === undefined || text === undefined) throw bad(where, '#ENV:# is not NAME=value');
  return [{ kind: 'environment', name: variable, value: text }];
}

function parsePackage(word: string, where: string): string {
  if (word.startsWith('@')) {
    throw bad(where, `${word} is a group of packages, which Debian does not have`, {
      hint: 'name the packages, or a metapackage',
    });
  }
  const keepOut = /^--?(?=[^-])/.test(word);
  const name = keepOut ? word.replace(/^--?/, '') : word;
  if (!packageName.test(name)) throw bad(where, `${JSON.stringify(word)} is no package name`);
  return keepOut ? `${name}-` : name;
}

function missing(file: string, includedBy: string | undefined): StateliteError {
  const by = includedBy === undefined ? '' : `, which ${includedBy} includes,`;
  return new StateliteError('ERR_STATELITE_IMAGE', `the pkglist ${file}${by} does not exist`, {
    hint: 'correct linuximage.pkglist, or leave it blank for the built-in list',
  });
}

function bad(where: string, reason: string, options: { hint?: string } = {}): StateliteError {
  return new StateliteError('ERR_STATELITE_IMAGE', `pkglist ${where}: ${reason}`, options);
}
