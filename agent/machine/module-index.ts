/** What modules.dep, modules.alias, modules.softdep and modules.builtin say, for the shipped modules (pure). */
export interface ModuleIndex {
  readonly modules: ReadonlyMap<string, IndexedModule>;
  readonly aliases: readonly { readonly pattern: string; readonly module: string }[];
  /** Names of what the kernel has without a module. */
  readonly builtin: ReadonlySet<string>;
}

interface IndexedModule {
  readonly file: string;
  /** Names, in the order to load them: it does not load without these. */
  readonly needs: readonly string[];
  /** Those of softdep(5), which come first and may be missing or fail. */
  readonly wants: readonly string[];
}

/** Reads the metadata that the initramfs carries; names use `_` as the kernel does. */
export function parseModuleIndex(
  dep: string,
  alias: string,
  softdep: string,
  builtin = '',
): ModuleIndex {
  const soft = softDependencies(softdep);
  const modules = new Map(
    lines(dep).map((line) => {
      const [file = '', needs = ''] = line.split(':');
      const hard = needs.trim() === '' ? [] : needs.trim().split(/\s+/u).map(moduleName);
      const name = moduleName(file);
      return [name, { file, needs: hard.toReversed(), wants: soft.get(name) ?? [] }];
    }),
  );
  const aliases = lines(alias).flatMap((line) => {
    const [word, pattern, module] = line.split(/\s+/u);
    if (word !== 'alias' || pattern === undefined || module === undefined) return [];
    return [{ pattern, module: moduleName(module) }];
  });
  return { modules, aliases, builtin: new Set(lines(builtin).map(moduleName)) };
}

/** `kernel/net/foo-bar.ko` and `foo-bar` are both the module foo_bar. */
export function moduleName(file: string): string {
  const base = file.slice(file.lastIndexOf('/') + 1);
  return base.replace(/\.ko(\.\w+)?$/u, '').replaceAll('-', '_');
}

/** The modules that a device with this modalias wants. */
export function modulesFor(index: ModuleIndex, modalias: string): string[] {
  const matching = index.aliases.filter(({ pattern }) => matches(pattern, modalias));
  return [...new Set(matching.map(({ module }) => module))];
}

/** A module and everything it needs, in the order to load; built-in ones are not in the index. */
export function loadOrder(index: ModuleIndex, name: string): string[] {
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (module: string): void => {
    if (seen.has(module)) return;
    seen.add(module);
    const entry = index.modules.get(module);
    if (entry === undefined) return;
    [...entry.wants, ...entry.needs].forEach(visit);
    order.push(module);
  };
  visit(moduleName(name));
  return order;
}

/** Of that order, what the module cannot do without, itself included; the rest may fail. */
export function requiredFor(index: ModuleIndex, name: string): ReadonlySet<string> {
  const required = new Set([moduleName(name)]);
  for (const module of required) {
    for (const needed of index.modules.get(module)?.needs ?? []) required.add(needed);
  }
  return required;
}

function softDependencies(text: string): Map<string, string[]> {
  const soft = new Map<string, string[]>();
  for (const line of lines(text)) {
    const match = /^softdep\s+(?<name>\S+)\s+(?<rest>.*)$/u.exec(line)?.groups;
    const before = /pre:\s*(?<names>.*?)(?:\s+post:|$)/u.exec(match?.['rest'] ?? '')?.groups?.[
      'names'
    ];
    if (match === undefined || before === undefined) continue;
    soft.set(moduleName(match['name'] ?? ''), before.split(/\s+/u).filter(Boolean).map(moduleName));
  }
  return soft;
}

/** fnmatch(3), without its classes by name. Most patterns differ before their first wildcard. */
function matches(glob: string, text: string): boolean {
  const wildcard = glob.search(/[*?[]/u);
  if (wildcard === -1) return glob === text;
  if (!text.startsWith(glob.slice(0, wildcard))) return false;
  const pattern = glob
    .replaceAll(/[.+^${}()|\\]/gu, String.raw`\$&`)
    .replaceAll('[!', '[^')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`, 'u').test(text);
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}
