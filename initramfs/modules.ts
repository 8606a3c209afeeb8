import { StateliteError } from '../agent/errors.ts';
import { askedFor, type ModuleGroup, moduleGroups, standsFor } from './module-groups.ts';
import { type KernelModule, moduleName, type ModuleTables, plainFile } from './module-tables.ts';

export interface ShippedModule extends KernelModule {
  readonly why: string;
  /** Shipped modules to load before it if they can be. */
  readonly soft: readonly string[];
}

/**
 * The modules of an initramfs by path: those of the groups, the named drivers, and whatever they
 * depend on. Throws ERR_STATELITE_INITRAMFS for a driver or a needed module that the kernel has
 * neither as a module nor built in.
 */
export function selectModules(
  tables: ModuleTables,
  drivers: readonly string[],
  groups: readonly ModuleGroup[] = moduleGroups,
): ShippedModule[] {
  const shipped = new Map<string, ShippedModule>();
  const ship = (name: string, why: string): void => {
    if (shipped.has(name)) return;
    const module = tables.modules.get(name);
    if (module === undefined) throw damaged(name);
    const soft = softNeeds(tables, name);
    shipped.set(name, { ...module, why, soft });
    for (const other of [...module.needs, ...soft]) ship(other, why);
  };
  for (const group of groups) {
    for (const name of members(tables, group)) ship(name, group.why);
  }
  for (const driver of drivers) {
    const name = moduleName(driver);
    if (!has(tables, name, `the driver ${driver}`)) continue;
    ship(name, `asked for: ${name}`);
  }
  return [...shipped.values()].toSorted((a, b) => (a.file < b.file ? -1 : 1));
}

/** The metadata the agent loads modules by: of shipped modules only, all of them uncompressed. */
export function renderModuleTables(
  shipped: readonly ShippedModule[],
  { aliases, builtin }: ModuleTables,
): Record<`modules.${'dep' | 'alias' | 'softdep' | 'builtin'}`, string> {
  const files = new Map(shipped.map(({ name, file }) => [name, plainFile(file)]));
  return {
    'modules.dep': text(
      shipped.map(({ file, needs }) =>
        [`${plainFile(file)}:`, ...needs.map((name) => files.get(name))].join(' '),
      ),
    ),
    'modules.alias': text(
      aliases
        .filter(({ module }) => files.has(module))
        .map(({ pattern, module }) => `alias ${pattern} ${bearer(module, files)}`),
    ),
    'modules.softdep': text(
      shipped
        .filter(({ soft }) => soft.length > 0)
        .map(({ name, soft }) => `softdep ${name} pre: ${soft.join(' ')}`),
    ),
    'modules.builtin': text([...builtin.values()]),
  };
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function bearer(module: string, files: ReadonlyMap<string, string>): string {
  const other = standsFor[module];
  return other !== undefined && files.has(other) ? other : module;
}

function members(tables: ModuleTables, group: ModuleGroup): string[] {
  const { needed = [], names = [], directory, except = [] } = group;
  const found = [...tables.modules.values()].filter(({ file }) => {
    const at = directory === undefined ? -1 : file.lastIndexOf(directory);
    const below = file.slice(at + (directory ?? '').length);
    return at !== -1 && !except.some((beginning) => below.startsWith(beginning));
  });
  return [
    ...needed.filter((name) => has(tables, name, name)),
    ...names.filter((name) => tables.modules.has(name)),
    ...found.map(({ name }) => name),
  ];
}

/** Whether it is a module (true) or built in (false); throws if it is neither. */
function has(tables: ModuleTables, name: string, what: string): boolean {
  if (tables.modules.has(name)) return true;
  if (tables.builtin.has(name)) return false;
  throw new StateliteError('ERR_STATELITE_INITRAMFS', `the kernel has no module for ${what}`, {
    hint: "does the image hold all of the kernel's module packages, and is the name right?",
  });
}

function damaged(name: string): StateliteError {
  return new StateliteError('ERR_STATELITE_INITRAMFS', `modules.dep has no line for ${name}`, {
    hint: 'run depmod in the image',
  });
}

function softNeeds(tables: ModuleTables, name: string): string[] {
  const wanted = [...(tables.softdeps.get(name) ?? []), ...(askedFor[name] ?? [])];
  const found = wanted.flatMap((one) => providers(tables, one));
  return [...new Set(found)].filter((one) => one !== name);
}

/** The modules behind the name or alias of a soft dependency. None is fine: it may be built in. */
function providers(tables: ModuleTables, wanted: string): string[] {
  const name = moduleName(wanted);
  if (tables.modules.has(name)) return [name];
  return tables.aliases
    .filter(({ pattern, module }) => moduleName(pattern) === name && !isForSomeCpus(tables, module))
    .map(({ module }) => module);
}

/** An accelerated algorithm refuses to load on a CPU without it; the generic one never does. */
function isForSomeCpus(tables: ModuleTables, module: string): boolean {
  return tables.modules.get(module)?.file.startsWith('kernel/arch/') ?? true;
}
