import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { System } from '../system.ts';
import { loadOrder, type ModuleIndex, modulesFor, parseModuleIndex } from './module-index.ts';

export interface Modules {
  /** Loads a module and what it needs; one that is built in or loaded is fine, a missing one is not. */
  load(name: string): Promise<void>;
  /** Loads what the devices in /sys ask for, until no new device appears. Returns the names. */
  loadForDevices(wants: (file: string) => boolean): Promise<string[]>;
}

/** The modules of the initramfs: there is no modprobe, the agent loads them itself. */
export async function openModules(
  release: string,
  system: Pick<System, 'loadModule'>,
  log: Logger,
): Promise<Modules> {
  const directory = `/lib/modules/${release}`;
  const index = await readIndex(directory, release);
  const loaded = new Set<string>();

  const loadOne = async (name: string): Promise<void> => {
    const file = index.modules.get(name)?.file;
    if (file === undefined || loaded.has(name)) return;
    loaded.add(name);
    try {
      await system.loadModule(join(directory, file), '');
    } catch (cause) {
      if (hasCode(cause, 'EEXIST')) return; // somebody was faster, or it is built in
      throw new StateliteError('ERR_STATELITE_MODULE', `cannot load the kernel module ${name}`, {
        cause,
        hint: 'kernel and initramfs must be of one build: run genimage again',
      });
    }
  };
  const load = async (name: string): Promise<void> => {
    for (const one of loadOrder(index, name)) await loadOne(one);
  };
  return { load, loadForDevices };

  async function loadForDevices(wants: (file: string) => boolean): Promise<string[]> {
    const seen = new Set<string>();
    const done = new Set<string>();
    for (;;) {
      const fresh = modaliases('/sys/devices').filter((alias) => !seen.has(alias));
      if (fresh.length === 0) return [...done];
      for (const alias of fresh) seen.add(alias);
      for (const name of new Set(fresh.flatMap((alias) => modulesFor(index, alias)))) {
        if (done.has(name) || !wants(index.modules.get(name)?.file ?? '')) continue;
        done.add(name);
        await loadForDevice(name);
      }
    }
  }

  /** A driver that does not want its device must not stop a boot that may not need it. */
  async function loadForDevice(name: string): Promise<void> {
    try {
      await load(name);
      log.debug(`loaded ${name}`);
    } catch (error) {
      if (!(error instanceof StateliteError)) throw error;
      const reason = error.cause instanceof Error ? error.cause.message : '';
      log.warn(`${error.message}: ${reason}`);
    }
  }
}

async function readIndex(directory: string, release: string): Promise<ModuleIndex> {
  try {
    const [dep, alias, softdep] = await Promise.all(
      ['modules.dep', 'modules.alias', 'modules.softdep'].map((name) =>
        readFile(join(directory, name), 'utf8'),
      ),
    );
    return parseModuleIndex(dep ?? '', alias ?? '', softdep ?? '');
  } catch (cause) {
    throw new StateliteError(
      'ERR_STATELITE_MODULE',
      `the initramfs has no modules for the running kernel ${release}`,
      { cause, hint: 'kernel and initramfs must be of one build: run genimage and nodeset again' },
    );
  }
}

/** Every modalias below a directory of /sys; in one go, since sysfs answers at once. */
function modaliases(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) return modaliases(path);
    if (entry.name !== 'modalias') return [];
    const alias = readFileSync(path, 'utf8').trim();
    return alias === '' ? [] : [alias];
  });
}
