import { open, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { hasCode } from '../agent/errors.ts';
import { chase } from '../agent/files/chase.ts';
import { type DynamicLinking, readDynamicLinking } from './elf.ts';

/** A program for local disks, with the libraries that it was built for. */
export interface DiskProgram {
  /** Names in /sbin, and what each gives the program before its own arguments. */
  readonly names: Readonly<Record<string, string>>;
  /** Directory of it and its libraries on the node: those of the agent may be of another age. */
  readonly directory: string;
  /** The dynamic linker's name in there; undefined for a static program. */
  readonly linker: string | undefined;
  /** What lies in that directory, by name: files of this machine. */
  readonly files: Readonly<Record<string, string>>;
  readonly program: string;
}

/** The agent runs mkfs.* and e2fsck; the others are for scripts, and for the operator at a rescue shell. */
const wanted: readonly { readonly program: string; readonly names: Record<string, string> }[] = [
  {
    program: 'mke2fs',
    names: {
      mke2fs: '',
      'mkfs.ext2': '-t ext2',
      'mkfs.ext3': '-t ext3',
      'mkfs.ext4': '-t ext4',
    },
  },
  ...'e2fsck mkfs.xfs xfs_repair sfdisk parted wipefs mkswap blkid'
    .split(' ')
    .map((program) => ({ program, names: { [program]: '' } })),
];

/** Debian's multiarch directories and everybody's. */
const libraryPlaces = [
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib/aarch64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/lib/powerpc64le-linux-gnu',
  '/usr/lib/powerpc64le-linux-gnu',
  '/lib64',
  '/usr/lib64',
  '/lib',
  '/usr/lib',
];

/** The interpreter's path is as long as the loader allows; no library needs so many others. */
const mostLibraries = 64;

/**
 * The programs that make, check and mend partitions and file systems: the image's, which know what
 * the image's kernel can read, else those of `host`, which must run on the image's architecture. One
 * that neither has is left out; the agent names it when a partitionfile needs it.
 */
export async function findDiskPrograms(root: string, host = '/'): Promise<DiskProgram[]> {
  const found: DiskProgram[] = [];
  for (const { program, names } of wanted) {
    const one = (await findIn(root, program, 'image')) ?? (await findIn(host, program, 'host'));
    if (one !== undefined) found.push({ ...one, names, program });
  }
  return found;
}

/** mke2fs.conf of where mke2fs is from: it says what features a file system has. */
export async function findMke2fsConf(root: string): Promise<string | undefined> {
  return fileIn(root, ['/etc/mke2fs.conf']);
}

/** The line of shell that starts a program by its own dynamic linker. */
export function renderStarter({ directory, linker, program }: DiskProgram, given: string): string {
  const words = [
    'exec',
    ...(linker === undefined ? [] : [`${directory}/${linker}`, '--library-path', directory]),
    `${directory}/${program}`,
    ...(given === '' ? [] : [given]),
    '"$@"',
  ];
  return `#!/bin/sh\n${words.join(' ')}\n`;
}

type Found = Pick<DiskProgram, 'directory' | 'linker' | 'files'>;

async function findIn(root: string, program: string, origin: string): Promise<Found | undefined> {
  const source = await fileIn(
    root,
    ['/usr/sbin', '/sbin', '/usr/bin', '/bin'].map((place) => join(place, program)),
  );
  const linking = source === undefined ? undefined : await linkingOf(source);
  if (source === undefined || linking === undefined) return undefined;
  const directory = `/lib/statelite/${origin}`;
  const files: Record<string, string> = { [program]: source };
  const { interpreter, machine } = linking;
  if (interpreter === undefined) return { directory, linker: undefined, files };
  const linker = await fileIn(root, [interpreter]);
  if (linker === undefined) return undefined;
  files[basename(interpreter)] = linker;
  const pending = [...linking.needed];
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (Object.hasOwn(files, name)) continue;
    const library = await libraryIn(root, name, machine);
    if (library === undefined || Object.keys(files).length > mostLibraries) return undefined;
    files[name] = library.path;
    pending.push(...library.needed);
  }
  return { directory, linker: basename(interpreter), files };
}

async function libraryIn(root: string, name: string, machine: number) {
  if (!/^[\w.+-]+$/u.test(name)) return undefined;
  for (const place of libraryPlaces) {
    const path = await fileIn(root, [join(place, name)]);
    const linking = path === undefined ? undefined : await linkingOf(path);
    if (path !== undefined && linking?.machine === machine) return { ...linking, path };
  }
  return undefined;
}

/** The first of these that is a file of the root, found as the image's own programs would find it. */
async function fileIn(root: string, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    try {
      const at = await chase(root, path);
      if ((await stat(at)).isFile()) return at;
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw error;
    }
  }
  return undefined;
}

async function linkingOf(path: string): Promise<DynamicLinking | undefined> {
  await using file = await open(path);
  return await readDynamicLinking(async (position, length) => {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position });
    return buffer.subarray(0, bytesRead);
  });
}
