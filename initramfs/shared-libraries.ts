import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { hasCode, StateliteError } from '../agent/errors.ts';
import { architectures } from './architectures.ts';
import { type DynamicLinking, readDynamicLinking } from './elf.ts';

export interface SharedLibrary {
  /** Where the dynamic linker looks for it. */
  readonly path: string;
  /** The file on this machine. */
  readonly source: string;
}

/** Where libraries are taken from. */
export interface LibraryOrigin {
  /** In messages: `this machine`. */
  readonly name: string;
  /** The file on this machine that a program of the origin finds at a path, there or not. */
  readonly at: (path: string) => Promise<string> | string;
}

/** A library that an origin lacks, or has in too old a version, and the file that needs it. */
export interface MissingLibrary {
  readonly library: string;
  readonly by: string;
}

export const thisMachine: LibraryOrigin = { name: 'this machine', at: (path) => path };

/** Where ld.so looks without a cache: Debian's multiarch directory by e_machine, then everybody's. */
const everywhere = ['/lib64', '/usr/lib64', '/lib', '/usr/lib'];

/**
 * The dynamic linker of a program and every library it and they need, found on this machine and
 * kept in the directory where they are found: that is where this machine's ld.so looks by itself.
 * None for a static program. Throws ERR_STATELITE_INITRAMFS for a missing library, or no ELF.
 */
export async function findLibraries(
  program: string,
  directories?: readonly string[],
): Promise<SharedLibrary[]> {
  const found = await librariesIn(thisMachine, [program], directories);
  if (Array.isArray(found)) return found;
  const places = directories ?? placesFor((await readProgram(program)).machine);
  throw new StateliteError(
    'ERR_STATELITE_INITRAMFS',
    `${found.by} needs the library ${found.library}, which this machine does not have`,
    { hint: `install the package that has ${found.library}; looked in ${places.join(', ')}` },
  );
}

/**
 * The dynamic linkers and libraries of some programs, all from one origin: they must fit each other.
 * The first that it lacks instead. Throws ERR_STATELITE_INITRAMFS if a program is no ELF.
 */
export async function librariesIn(
  origin: LibraryOrigin,
  programs: readonly string[],
  directories?: readonly string[],
): Promise<SharedLibrary[] | MissingLibrary> {
  const found = new Map<string, SharedLibrary>();
  const linkings: Linked[] = [];
  for (const program of programs) {
    const linking = await readProgram(program);
    const { interpreter, machine, needed } = linking;
    if (interpreter === undefined) continue;
    linkings.push({ ...linking, path: program, name: program });
    const places = directories ?? placesFor(machine);
    const linker = await origin.at(interpreter);
    if (origin !== thisMachine && !(await isOf(linker, machine))) {
      return { library: interpreter, by: program };
    }
    found.set(basename(interpreter), { path: interpreter, source: linker });
    const pending = needed.map((name) => ({ name, by: program }));
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      const { name, by } = next;
      if (found.has(name)) continue;
      const library = await findLibrary(origin, name, machine, places);
      if (library === undefined) return { library: name, by };
      const { path, source } = library;
      found.set(name, { path, source });
      linkings.push({ ...library, name });
      pending.push(...library.needed.map((other) => ({ name: other, by: path })));
    }
  }
  return tooOld(linkings) ?? [...found.values()];
}

type Linked = DynamicLinking & { readonly path: string; readonly name: string };

/** The first that lacks a version of symbols which another was linked to: ld.so would stop there. */
function tooOld(linkings: readonly Linked[]): MissingLibrary | undefined {
  const defined = new Map(linkings.map(({ name, versions }) => [name, versions.defined]));
  for (const { path, versions } of linkings) {
    for (const { library, version } of versions.needed) {
      const has = defined.get(library);
      if (has === undefined || has.length === 0 || has.includes(version)) continue;
      return { library: `${library} with ${version}`, by: path };
    }
  }
  return undefined;
}

/** What a program wants from the dynamic linker; throws ERR_STATELITE_INITRAMFS if it is none. */
export async function readProgram(program: string): Promise<DynamicLinking> {
  const linking = await readLinking(program);
  if (linking === undefined) {
    throw new StateliteError('ERR_STATELITE_INITRAMFS', `there is no program ${program}`);
  }
  if (linking === 'no ELF') {
    throw new StateliteError(
      'ERR_STATELITE_INITRAMFS',
      `${program} is not a 64-bit little-endian ELF program`,
      { hint: 'the initramfs has no interpreter for scripts: name the built binary' },
    );
  }
  return linking;
}

function placesFor(machine: number): string[] {
  const triplet = architectures.find((one) => one.machine === machine)?.triplet;
  const own = triplet === undefined ? [] : [`/lib/${triplet}`, `/usr/lib/${triplet}`];
  return [...own, ...everywhere];
}

async function findLibrary(
  origin: LibraryOrigin,
  name: string,
  machine: number,
  places: readonly string[],
): Promise<(DynamicLinking & SharedLibrary) | undefined> {
  const candidates = name.startsWith('/') ? [name] : places.map((place) => join(place, name));
  for (const path of candidates) {
    const source = await origin.at(path);
    const linking = await readLinking(source);
    if (linking === undefined || linking === 'no ELF' || linking.machine !== machine) continue;
    return { ...linking, path, source };
  }
  return undefined;
}

async function isOf(path: string, machine: number): Promise<boolean> {
  const linking = await readLinking(path);
  return typeof linking === 'object' && linking.machine === machine;
}

async function readLinking(path: string): Promise<DynamicLinking | 'no ELF' | undefined> {
  try {
    await using file = await open(path);
    const read = async (position: number, length: number) => {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position });
      return buffer.subarray(0, bytesRead);
    };
    return (await readDynamicLinking(read)) ?? 'no ELF';
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ENOTDIR')) return undefined;
    throw new StateliteError('ERR_STATELITE_INITRAMFS', `cannot read the program ${path}`, {
      cause,
    });
  }
}
