import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtempDisposable, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { pack, type Pack } from 'tar-stream';
import { StateliteError } from '../../agent/errors.ts';
import { besideNames } from './beside.ts';
import { makeOpenDirectory } from './directory.ts';
import { type GrubNic, renderGrub2Start } from './render/grub2-start.ts';
import { publish } from './replace-by-copy.ts';

/** A firmware that GRUB is built for. */
export interface GrubPlatform {
  /** As grub-mkimage(1) calls it; its modules are in a directory of that name. */
  readonly name: 'x86_64-efi' | 'arm64-efi' | 'powerpc-ieee1275';
  readonly nic: GrubNic;
  /** Modules of the program; with ofnet among them GRUB finds no card, so it loads that later. */
  readonly modules: readonly string[];
  /** Modules that it has in its memory disk, to load them. */
  readonly later: readonly string[];
}

const always = 'memdisk tar normal configfile linux boot echo test minicmd sleep ls'.split(' ');
const forNetwork = 'net tftp http gzio regexp eval serial terminal'.split(' ');

export const grubPlatforms = {
  x86_64: efi('x86_64-efi'),
  aarch64: efi('arm64-efi'),
  ppc64le: {
    name: 'powerpc-ieee1275',
    nic: 'ofnet',
    modules: always,
    later: [...forNetwork, 'ofnet'],
  },
} as const satisfies Record<string, GrubPlatform>;

/**
 * Makes one file of GRUB for a platform, with its first configuration inside. Firmware fetches
 * nothing else of it. Throws ERR_STATELITE_BOOTFILE with what grub-mkimage says.
 */
export async function buildGrub(
  { name, nic, modules, later }: GrubPlatform,
  { program, directory, target }: { program: string; directory: string; target: string },
): Promise<void> {
  await using work = await mkdtempDisposable(join(tmpdir(), 'statelite-grub-'));
  const disk = join(work.path, 'memdisk.tar');
  await writeDisk(disk, name, { directory, later, start: renderGrub2Start(nic) });
  makeOpenDirectory(dirname(target));
  const beside = besideNames()(target);
  const argv = [
    ['-O', name, '-d', directory],
    ['-p', '(memdisk)/boot/grub', '-m', disk],
    ['-o', beside, ...modules],
  ].flat();
  try {
    await promisify(execFile)(program, argv);
    await publish(beside, target);
  } catch (cause) {
    await rm(beside, { force: true });
    throw new StateliteError('ERR_STATELITE_BOOTFILE', `cannot make ${target} of ${directory}`, {
      cause,
      hint: `put a GRUB for ${name} there, or use another noderes.netboot`,
    });
  }
}

function efi(name: 'x86_64-efi' | 'arm64-efi'): GrubPlatform {
  const modules = [...always, ...forNetwork, 'efinet', 'all_video'];
  return { name, nic: 'efinet', modules, later: [] };
}

interface Disk {
  readonly directory: string;
  readonly later: readonly string[];
  readonly start: string;
}

/** A tar archive: GRUB reads it as a disk, and normal.mod runs the grub.cfg of the prefix in it. */
async function writeDisk(file: string, platform: string, disk: Disk): Promise<void> {
  const archive = pack();
  const writing = pipeline(archive, createWriteStream(file));
  addFile(archive, 'boot/grub/grub.cfg', Buffer.from(disk.start));
  for (const name of disk.later.length === 0 ? [] : await modulesOf(disk.directory)) {
    addFile(archive, `boot/grub/${platform}/${name}`, await readFile(join(disk.directory, name)));
  }
  archive.finalize();
  await writing;
}

function addFile(archive: Pack, name: string, content: Buffer): void {
  archive.entry({ name, mtime: new Date(0) }, content);
}

/** All of them: what a module needs is in moddep.lst, and together they have few MB. */
async function modulesOf(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => /\.(?:mod|lst)$/u.test(name)).toSorted();
}
