/** What modules.dep, modules.alias, modules.softdep and modules.builtin say, for the shipped modules (pure). */
export interface ModuleIndex {
  /** File of a module and the modules it needs, by name. */
  readonly modules: ReadonlyMap<
    string,
    { readonly file: string; readonly needs: readonly string[] }
  >;
  readonly aliases: readonly { readonly pattern: string; readonly module: string }[];
}

/** Reads the metadata that the initramfs carries; names use `_` as the kernel does. */
export function parseModuleIndex(dep: string, alias: string, softdep: string): ModuleIndex {
  const soft = softDependencies(softdep);
  const modules = new Map(
    lines(dep).map((line) => {
      const [file = '', needs = ''] = line.split(':');
      const hard = needs.trim() === '' ? [] : needs.trim().split(/\s+/u).map(moduleName);
      const name = moduleName(file);
      return [name, { file, needs: [...(soft.get(name) ?? []), ...hard.toReversed()] }];
    }),
  );
  const aliases = lines(alias).flatMap((line) => {
    const [word, pattern, module] = line.split(/\s+/u);
    if (word !== 'alias' || pattern === undefined || module === undefined) return [];
    return [{ pattern, module: moduleName(module) }];
  });
  return { modules, aliases };
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
    entry.needs.forEach(visit);
    order.push(module);
  };
  visit(moduleName(name));
  return order;
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

/** fnmatch(3) as modules.alias uses it. Most patterns differ before their first wildcard. */
function matches(glob: string, text: string): boolean {
  const wildcard = glob.search(/[*?[]/u);
  if (wildcard === -1) return glob === text;
  if (!text.startsWith(glob.slice(0, wildcard))) return false;
  const pattern = glob
    .replaceAll(/[.+^${}()|\\]/gu, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`, 'u').test(text);
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}
