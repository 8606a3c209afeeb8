import { symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import { exists } from '../image/genimage/exists.ts';
import { makeOpenDirectory } from './directory.ts';
import { buildGrub, type GrubPlatform } from './grub-image.ts';
import { installCommand } from './install-command.ts';
import type { BootNode, BootState } from './layout.ts';
import { grubDirectory } from './layouts.ts';
import { type BuiltLoader, type LoaderFile, loaderFiles } from './loader-files.ts';
import { replaceByCopy } from './replace-by-copy.ts';

/** A program of the table. */
export type LoaderProgram = keyof typeof loaderFiles;

/** What nodes that were set need. A node that boots from its disk has its loader there. */
export function usedLoaders(
  nodes: Iterable<Pick<BootNode, 'loader'> & { readonly state: BootState }>,
): Set<LoaderProgram> {
  const used = new Set<LoaderProgram>();
  for (const { loader, state } of nodes) {
    const arch = typeof state === 'string' ? '' : state.arch;
    const name = loader.startsWith('grub2') ? `grub2-${arch}` : loader;
    if (isProgram(name)) used.add(name);
  }
  return used;
}

/**
 * Puts the loaders' own files into `tftpdir` if this machine has them; one that is there already
 * stays, a site may have its own. A line for each that is nowhere. `host` is the root that their
 * sources are below. ERR_STATELITE_BOOTFILE if GRUB cannot be made.
 */
export async function publishLoaders(
  used: Iterable<LoaderProgram>,
  tftpdir: string,
  host = '/',
): Promise<string[]> {
  const missing: string[] = [];
  for (const file of filesOf(used)) {
    const target = join(tftpdir, file.name);
    const isThere = (await exists(target)) || (await make(file, target, { tftpdir, host }));
    if (!isThere) missing.push(await whatToDo(file, target, { tftpdir, host }));
    else if ('alias' in file && file.alias !== undefined) {
      await linkTo(target, join(tftpdir, file.alias));
    }
  }
  return missing;
}

interface Places {
  readonly tftpdir: string;
  readonly host: string;
}

/** False if what it takes is not on this machine. */
async function make(file: LoaderFile | BuiltLoader, target: string, at: Places): Promise<boolean> {
  if ('platform' in file) return buildWith(file.platform, target, at);
  return copyFirst(
    file.sources.map((source) => join(at.host, source)),
    target,
  );
}

async function whatToDo(
  file: LoaderFile | BuiltLoader,
  target: string,
  { tftpdir, host }: Places,
): Promise<string> {
  const command = await installCommand(file.packages, host);
  const other =
    'platform' in file
      ? ` (or put GRUB's modules into ${join(tftpdir, grubDirectory, file.platform.name)})`
      : '';
  return `there is no ${target}: ${command}${other}, then run this again`;
}

function filesOf(used: Iterable<LoaderProgram>): (LoaderFile | BuiltLoader)[] {
  return [...used].flatMap(
    (program): readonly (LoaderFile | BuiltLoader)[] => loaderFiles[program],
  );
}

function isProgram(name: string): name is LoaderProgram {
  return Object.hasOwn(loaderFiles, name);
}

/** False if there is no GRUB for the platform: of the site, Debian, Red Hat or SUSE. */
async function buildWith(
  platform: GrubPlatform,
  target: string,
  { tftpdir, host }: Places,
): Promise<boolean> {
  const directories = [
    join(tftpdir, grubDirectory, platform.name),
    join(host, 'usr/lib/grub', platform.name),
    join(host, 'usr/share/grub2', platform.name),
  ];
  const programs = ['grub-mkimage', 'grub2-mkimage'].map((name) => join(host, 'usr/bin', name));
  const directory = await firstThere(directories, 'moddep.lst');
  const program = await firstThere(programs);
  if (directory === undefined || program === undefined) return false;
  await buildGrub(platform, { program, directory, target });
  return true;
}

async function firstThere(paths: readonly string[], below = ''): Promise<string | undefined> {
  for (const path of paths) if (await exists(join(path, below))) return path;
  return undefined;
}

/** A name of its own that a site has put there stays. */
async function linkTo(target: string, alias: string): Promise<void> {
  try {
    await symlink(basename(target), alias);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

async function copyFirst(sources: readonly string[], target: string): Promise<boolean> {
  for (const source of sources) {
    if (!(await exists(source))) continue;
    makeOpenDirectory(dirname(target));
    await replaceByCopy(source, target);
    return true;
  }
  return false;
}
