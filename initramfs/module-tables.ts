export interface KernelModule {
  /** As the kernel calls it: `_`, never `-`. */
  readonly name: string;
  /** Below lib/modules/<release>, as modules.dep has it. */
  readonly file: string;
  /** Names of the modules it cannot be loaded without, in the order of modules.dep. */
  readonly needs: readonly string[];
}

/** What depmod(8) wrote about a kernel's modules. */
export interface ModuleTables {
  readonly modules: ReadonlyMap<string, KernelModule>;
  readonly aliases: readonly { readonly pattern: string; readonly module: string }[];
  /** What modprobe(8) would load before a module, by names or aliases. */
  readonly softdeps: ReadonlyMap<string, readonly string[]>;
  /** The file a built-in module would have, by its name. */
  readonly builtin: ReadonlyMap<string, string>;
}

/** The texts of modules.dep, modules.alias, modules.softdep and modules.builtin. */
export interface ModuleTexts {
  readonly dep: string;
  readonly alias: string;
  readonly softdep: string;
  readonly builtin: string;
}

/** `kernel/net/foo-bar.ko.xz`, `foo-bar` and `foo_bar` are one module. */
export function moduleName(file: string): string {
  return plainFile(file.slice(file.lastIndexOf('/') + 1))
    .replace(/\.ko$/u, '')
    .replaceAll('-', '_');
}

/** The path of a module file once it is not compressed any more. */
export function plainFile(file: string): string {
  return file.replace(/\.ko\.(?:xz|zst|gz)$/u, '.ko');
}

/** Reads the metadata of an image; lines of other kinds and comments are passed over. */
export function parseModuleTables({ dep, alias, softdep, builtin }: ModuleTexts): ModuleTables {
  const modules = lines(dep).map((line): [string, KernelModule] => {
    const [file = '', needs = ''] = line.split(':');
    const name = moduleName(file);
    return [name, { name, file, needs: words(needs).map(moduleName) }];
  });
  const aliases = lines(alias).flatMap((line) => {
    const [word, pattern, module] = words(line);
    if (word !== 'alias' || pattern === undefined || module === undefined) return [];
    return [{ pattern, module: moduleName(module) }];
  });
  const softdeps = new Map<string, string[]>();
  for (const line of lines(softdep)) {
    const [word, name, ...rest] = words(line);
    if (word !== 'softdep' || name === undefined) continue;
    const known = softdeps.get(moduleName(name)) ?? [];
    softdeps.set(moduleName(name), [...known, ...before(rest)]);
  }
  return {
    modules: new Map(modules),
    aliases,
    softdeps,
    builtin: new Map(lines(builtin).map((file) => [moduleName(file), file])),
  };
}

/** `pre: a b post: c` has a and b. */
function before(rest: readonly string[]): string[] {
  const names: string[] = [];
  let section = '';
  for (const word of rest) {
    if (word.endsWith(':') && !word.includes('-')) section = word;
    else if (section === 'pre:') names.push(word);
  }
  return names;
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function words(text: string): string[] {
  return text.split(/\s+/u).filter((word) => word !== '');
}
