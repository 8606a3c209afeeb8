import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { hasCode, StateliteError } from '../agent/errors.ts';
import { type DynamicLinking, readDynamicLinking } from './elf.ts';

export interface SharedLibrary {
  /** Where the dynamic linker looks for it. */
  readonly path: string;
  /** The file on this machine. */
  readonly source: string;
}

/** Where ld.so looks without a cache: Debian's multiarch directory by e_machine, then everybody's. */
const multiarch = new Map([
  [62, 'x86_64-linux-gnu'],
  [183, 'aarch64-linux-gnu'],
  [21, 'powerpc64le-linux-gnu'],
]);
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
  const linking = await readProgram(program);
  const { interpreter, machine } = linking;
  if (interpreter === undefined) return [];
  const standard = multiarch.get(machine);
  const places = directories ?? [
    ...(standard === undefined ? [] : [`/lib/${standard}`, `/usr/lib/${standard}`]),
    ...everywhere,
  ];
  const found = new Map([[basename(interpreter), { path: interpreter, source: interpreter }]]);
  const pending = linking.needed.map((name) => ({ name, by: program }));
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const { name, by } = next;
    if (found.has(name)) continue;
    const library = await findLibrary(name, by, machine, places);
    found.set(name, { path: library.path, source: library.path });
    pending.push(...library.needed.map((needed) => ({ name: needed, by: library.path })));
  }
  return [...found.values()];
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

async function findLibrary(
  name: string,
  by: string,
  machine: number,
  places: readonly string[],
): Promise<DynamicLinking & { path: string }> {
  const candidates = name.startsWith('/') ? [name] : places.map((place) => join(place, name));
  for (const path of candidates) {
    const linking = await readLinking(path);
    if (linking === undefined || linking === 'no ELF' || linking.machine !== machine) continue;
    return { ...linking, path };
  }
  throw new StateliteError(
    'ERR_STATELITE_INITRAMFS',
    `${by} needs the library ${name}, which this machine does not have`,
    { hint: `install the package that has ${name}; looked in ${places.join(', ')}` },
  );
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
