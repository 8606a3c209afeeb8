import { StateliteError } from '../../../agent/errors.ts';
import type { InstallerName } from './distribution.ts';

/** What a list may name. */
export interface Syntax {
  readonly installer: InstallerName;
  /** An otherpkglist: `directory/package`. */
  readonly subdirectories: boolean;
}

/** One item of a list, where it was written. */
export type Item =
  | {
      readonly kind: 'install' | 'removeBefore' | 'removeAfter';
      readonly name: string;
      /** Of otherpkgdir; blank is the directory itself. */
      readonly directory: string;
    }
  | { readonly kind: 'include'; readonly path: string; readonly where: string }
  | { readonly kind: 'environment'; readonly name: string; readonly value: string }
  | { readonly kind: 'pass' };

/** What the package manager takes and no shell, list or option parser breaks. */
const packageNames: Readonly<Record<InstallerName, RegExp>> = {
  // `name`, `name:arch`, `name=version` or `name/release`
  apt: /^[a-z0-9][a-z0-9+.-]*(:[a-z0-9-]+)?([=/][A-Za-z0-9.+:~-]+)?$/,
  // also `name-version-release.arch`, a file, a capability, a pattern of names
  dnf: /^[A-Za-z0-9_/][A-Za-z0-9_+.:~^*?()/-]*$/,
  zypper: /^[A-Za-z0-9_/][A-Za-z0-9_+.:~^*?()/=-]*$/,
};
const groupName = /^\^?[A-Za-z0-9][\w .+&()/-]*$/;
const directive = /^#\s*(INCLUDE|INCLUDEBAD|ENV|NEW_INSTALL_LIST)(?::(.*))?#\s*$/;

/** The items of one list, `file` for messages. ERR_STATELITE_IMAGE names file and line. */
export function parsePkglist(text: string, file: string, syntax: Syntax): Item[] {
  return text.split('\n').flatMap((line, index): Item[] => {
    const where = `${file}:${index + 1}`;
    const special = directive.exec(line.trim());
    if (special !== null) return parseDirective(special[1] ?? '', special[2] ?? '', where);
    return (line.split('#', 1)[0] ?? '')
      .split(',')
      .flatMap((part) => words(part))
      .map((word) => parseWord(word, where, syntax));
  });
}

/** `$ENV{NAME}`, `${NAME}` and `$NAME` by their values. ERR_STATELITE_IMAGE for one that is not set. */
export function expandVariables(
  text: string,
  variables: Readonly<Record<string, string>>,
  where: string,
): string {
  return text.replace(/\$(?:ENV\{(\w+)\}|\{(\w+)\}|(\w+))/g, (_, ...groups: unknown[]) => {
    const name = groups.slice(0, 3).find((group) => typeof group === 'string');
    const value = typeof name === 'string' && Object.hasOwn(variables, name) && variables[name];
    if (typeof value === 'string') return value;
    throw bad(where, `the variable ${String(name)} is not set`, {
      hint: `known are ${Object.keys(variables).join(', ')}; osimage.environvar sets more`,
    });
  });
}

/** Names of groups may have blanks. */
function words(part: string): string[] {
  const text = part.trim();
  return /^-{0,2}@/.test(text) ? [text] : text.split(/\s+/).filter((word) => word !== '');
}

function parseDirective(name: string, value: string, where: string): Item[] {
  if (name === 'NEW_INSTALL_LIST') return [{ kind: 'pass' }];
  if (name === 'INCLUDEBAD') {
    throw bad(where, `an include of ${value.trim()} failed when this list was made`, {
      hint: 'put the file there and write #INCLUDE:file#',
    });
  }
  if (name === 'INCLUDE') {
    if (value.trim() === '') throw bad(where, '#INCLUDE:# names no file');
    return [{ kind: 'include', path: value.trim(), where }];
  }
  const [, variable, text] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(value.trim()) ?? [];
  if (variable === undefined || text === undefined) throw bad(where, '#ENV:# is not NAME=value');
  return [{ kind: 'environment', name: variable, value: text }];
}

function parseWord(word: string, where: string, syntax: Syntax): Item {
  const dashes = /^-{0,2}(?=[^-])/.exec(word)?.[0] ?? '';
  const kind = dashes === '' ? 'install' : dashes === '-' ? 'removeBefore' : 'removeAfter';
  const rest = word.slice(dashes.length);
  if (rest.startsWith('@')) return { kind, name: parseGroup(rest, where, syntax), directory: '' };
  const { directory, name } = syntax.subdirectories
    ? parseDirectory(rest, where)
    : { directory: '', name: rest };
  if (packageNames[syntax.installer].test(name)) return { kind, name, directory };
  throw bad(where, `${JSON.stringify(word)} is no package name`);
}

function parseGroup(word: string, where: string, { installer }: Syntax): string {
  if (installer === 'apt') {
    throw bad(where, `${word} is a group of packages, which Debian does not have`, {
      hint: 'name the packages, or a metapackage',
    });
  }
  if (groupName.test(word.slice(1))) return word;
  throw bad(where, `${JSON.stringify(word)} is no name of a group`);
}

/** `a/b/package` of an otherpkglist is `package` in the repository `<otherpkgdir>/a/b`. */
function parseDirectory(word: string, where: string): { directory: string; name: string } {
  const parts = word.split('/').filter((part) => part !== '');
  if (parts.some((part) => part === '.' || part === '..') || word.startsWith('/')) {
    throw bad(where, `${JSON.stringify(word)} leads out of otherpkgdir`);
  }
  return { directory: parts.slice(0, -1).join('/'), name: parts.at(-1) ?? '' };
}

function bad(where: string, reason: string, options: { hint?: string } = {}): StateliteError {
  return new StateliteError('ERR_STATELITE_IMAGE', `pkglist ${where}: ${reason}`, options);
}
