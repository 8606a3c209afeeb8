import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { System } from '../system.ts';
import {
  loadOrder,
  type ModuleIndex,
  moduleName,
  modulesFor,
  parseModuleIndex,
  requiredFor,
} from './module-index.ts';

export interface Modules {
  /**
   * Loads a module and what it needs; one that is built in or loaded is fine. Throws
   * ERR_STATELITE_MODULE for one that is missing, or that the kernel refuses.
   */
  load(name: string): Promise<void>;
  /** Loads what devices ask for that were not there or not wanted the last time, until no new one appears. */
  loadForDevices(wants: (file: string) => boolean): Promise<void>;
}

/** Where the kernel shows its devices, and where the modules are. */
export interface ModulePlaces {
  readonly modules: string;
  readonly devices: string;
}

const initramfs: ModulePlaces = { modules: '/lib/modules', devices: '/sys/devices' };

/** The modules of the initramfs: there is no modprobe, the agent loads them itself. */
export async function openModules(
  release: string,
  system: Pick<System, 'loadModule'>,
  log: Logger,
  places = initramfs,
): Promise<Modules> {
  const directory = join(places.modules, release);
  const index = await readIndex(directory, release);
  const loads = new Map<string, Promise<void>>();
  const seen = new Set<string>();
  const passedOver = new Set<string>();

  return { load, loadForDevices };

  async function load(name: string): Promise<void> {
    const wanted = moduleName(name);
    if (index.builtin.has(wanted)) return;
    const required = requiredFor(index, wanted);
    const order = loads.has(wanted) ? [wanted] : [...loadOrder(index, wanted), wanted];
    for (const module of new Set(order)) {
      if (required.has(module)) await loadOnce(module);
      else await orWarn(loadOnce(module));
    }
  }

  /** Loads that meet wait for the same one: a module must be there before those that need it. */
  async function loadOnce(name: string): Promise<void> {
    const loading = loads.get(name) ?? insert(name);
    loads.set(name, loading);
    try {
      await loading;
    } catch (error) {
      loads.delete(name);
      throw error;
    }
  }

  async function insert(name: string): Promise<void> {
    const file = index.modules.get(name)?.file;
    if (file === undefined) {
      throw new StateliteError('ERR_STATELITE_MODULE', `the initramfs has no module ${name}`, {
        hint: 'genimage -n adds drivers',
      });
    }
    try {
      await system.loadModule(join(directory, file), '');
    } catch (cause) {
      if (hasCode(cause, 'EEXIST')) return; // it is in the kernel already
      throw new StateliteError('ERR_STATELITE_MODULE', `cannot load the kernel module ${name}`, {
        cause,
        hint: 'kernel and initramfs must be of one build: run genimage again',
      });
    }
  }

  async function loadForDevices(wants: (file: string) => boolean): Promise<void> {
    for (const name of passedOver) await loadIfWanted(name, wants);
    for (;;) {
      const fresh = modaliases(places.devices).filter((alias) => !seen.has(alias));
      if (fresh.length === 0) return;
      for (const alias of fresh) seen.add(alias);
      for (const name of new Set(fresh.flatMap((alias) => modulesFor(index, alias)))) {
        await loadIfWanted(name, wants);
      }
    }
  }

  /** What is not wanted now may be wanted by the answer of the management node. */
  async function loadIfWanted(name: string, wants: (file: string) => boolean): Promise<void> {
    if (!wants(index.modules.get(name)?.file ?? '')) {
      passedOver.add(name);
      return;
    }
    passedOver.delete(name);
    await orWarn(load(name));
    log.debug(`${name} is for a device`);
  }

  /** A driver that does not want its device must not stop a boot that may not need it. */
  async function orWarn(loading: Promise<void>): Promise<void> {
    try {
      await loading;
    } catch (error) {
      if (!(error instanceof StateliteError)) throw error;
      const reason = error.cause instanceof Error ? `: ${error.cause.message}` : '';
      log.warn(`${error.message}${reason}`);
    }
  }
}

async function readIndex(directory: string, release: string): Promise<ModuleIndex> {
  try {
    const [dep, alias, softdep, builtin] = await Promise.all([
      readFile(join(directory, 'modules.dep'), 'utf8'),
      ...['alias', 'softdep', 'builtin'].map((name) =>
        readOptional(join(directory, `modules.${name}`)),
      ),
    ]);
    return parseModuleIndex(dep, alias ?? '', softdep ?? '', builtin);
  } catch (cause) {
    throw new StateliteError(
      'ERR_STATELITE_MODULE',
      `the initramfs has no modules for the running kernel ${release}`,
      { cause, hint: 'kernel and initramfs must be of one build: run genimage and nodeset again' },
    );
  }
}

/** A kernel may have no module with an alias, or none built in. */
async function readOptional(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}

/** Every modalias below a directory of /sys; in one go, since sysfs answers at once. */
function modaliases(directory: string): string[] {
  return ifThere(() => readdirSync(directory, { withFileTypes: true }), []).flatMap((entry) => {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) return modaliases(path);
    if (entry.name !== 'modalias') return [];
    const alias = ifThere(() => readFileSync(path, 'utf8'), '').trim();
    return alias === '' ? [] : [alias];
  });
}

/** Devices come and go while one looks. */
function ifThere<Result>(read: () => Result, otherwise: Result): Result {
  try {
    return read();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV')) return otherwise;
    throw error;
  }
}
