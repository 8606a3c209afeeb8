import { dirname, resolve } from 'node:path';
import { StateliteError } from '../../../agent/errors.ts';
import { expandVariables, type Item, parsePkglist, type Syntax } from './pkglist-items.ts';

/** What one installation does: first removes, then installs, then removes again. */
export interface Pass {
  /** Packages, and groups as `@name`, in the order written, each once. */
  readonly install: readonly string[];
  /** From `-name`. */
  readonly removeBefore: readonly string[];
  /** From `--name`. */
  readonly removeAfter: readonly string[];
  /** From `#ENV:NAME=value#` lines of the pass. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What lists ask for, their includes read. */
export interface PackageList {
  /** Separated by `#NEW_INSTALL_LIST#` and by the end of a list; none is empty. */
  readonly passes: readonly Pass[];
  /** Variables of all passes: the postinstall scripts get them too. */
  readonly environment: Readonly<Record<string, string>>;
  /** From `directory/name`: where packages of otherpkgdir are; `''` is the directory itself. */
  readonly directories: readonly string[];
}

/** Text of a file, or undefined if there is none. */
export type ReadText = (path: string) => Promise<string | undefined>;

export interface ListOptions {
  readonly read: ReadText;
  readonly syntax: Syntax;
  /** For `#INCLUDE:$ENV{NAME}/file#`. */
  readonly variables: Readonly<Record<string, string>>;
}

interface OpenPass {
  install: Set<string>;
  removeBefore: Set<string>;
  removeAfter: Set<string>;
  environment: Record<string, string>;
}

/**
 * Reads pkglists or otherpkglists, one after the other (xcat-mgmt.md 4.3): packages by line or comma,
 * `# comment`, `#INCLUDE:file#` (relative to the file it stands in), `#ENV:NAME=value#`, `@group`,
 * `-package` and `--package`, honoured in every list (mgmt QUIRK-53), `#NEW_INSTALL_LIST#`. Throws
 * ERR_STATELITE_IMAGE with file and line.
 */
export async function readPkglists(
  paths: readonly string[],
  { read, syntax, variables }: ListOptions,
): Promise<PackageList> {
  const passes: OpenPass[] = [];
  const directories = new Set<string>();
  for (const path of paths) {
    passes.push(newPass());
    await collect(path, []);
  }
  return {
    passes: passes
      .map(closed)
      .filter(({ install, removeBefore, removeAfter }) =>
        [install, removeBefore, removeAfter].some((names) => names.length > 0),
      ),
    environment: environmentOf(passes),
    directories: [...directories],
  };

  async function collect(file: string, above: readonly string[]): Promise<void> {
    if (above.includes(file)) {
      throw new StateliteError(
        'ERR_STATELITE_IMAGE',
        `pkglist ${file}: it includes itself: ${[...above, file].join(' → ')}`,
      );
    }
    const text = await read(file);
    if (text === undefined) throw missing(file, above.at(-1));
    for (const item of parsePkglist(text, file, syntax)) {
      if (item.kind === 'include') {
        const set = { ...variables, ...environmentOf(passes) };
        const path = expandVariables(item.path, set, item.where);
        await collect(resolve(dirname(file), path), [...above, file]);
      } else add(item);
    }
  }

  function add(item: Exclude<Item, { kind: 'include' }>): void {
    if (item.kind === 'pass') return void passes.push(newPass());
    const pass = passes.at(-1);
    if (pass === undefined) throw new Error('an item outside of every pass');
    if (item.kind === 'environment') pass.environment[item.name] = item.value;
    else {
      pass[item.kind].add(item.name);
      if (item.kind === 'install') directories.add(item.directory);
    }
  }
}

function newPass(): OpenPass {
  return {
    install: new Set(),
    removeBefore: new Set(),
    removeAfter: new Set(),
    environment: {},
  };
}

function closed({ install, removeBefore, removeAfter, environment }: OpenPass): Pass {
  return {
    install: [...install],
    removeBefore: [...removeBefore],
    removeAfter: [...removeAfter],
    environment,
  };
}

function environmentOf(passes: readonly OpenPass[]): Record<string, string> {
  return Object.assign({}, ...passes.map(({ environment }) => environment));
}

function missing(file: string, includedBy: string | undefined): StateliteError {
  const by = includedBy === undefined ? '' : `, which ${includedBy} includes,`;
  return new StateliteError('ERR_STATELITE_IMAGE', `the pkglist ${file}${by} does not exist`, {
    hint: 'correct the list, or linuximage.pkglist or otherpkglist; a blank pkglist is the built-in one',
  });
}
