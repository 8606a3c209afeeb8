import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { exec } from '../../vm/exec.ts';
import { cached, hashOf } from '../../vm/images.ts';
import { cloudKernel, type Kernel } from '../../vm/kernel.ts';
import { labSettings } from '../../vm/settings.ts';
import type { Family } from './family.ts';
import { kernelMacros, trimKernel } from './kernel-tree.ts';
import { redhat } from './media/redhat.ts';
import { suse } from './media/suse.ts';
import { buildPackage, busybox } from './rpmbuild.ts';

/** A distribution small enough for tests, with real packages: its root boots to a login. */
export interface Distribution {
  /** What is on the disc, as a directory. */
  readonly tree: string;
  /** The disc: ISO 9660 with Rock Ridge and Joliet. */
  readonly iso: string;
  /** osimage.osvers as copycds finds it out. */
  readonly osvers: string;
  readonly arch: 'x86_64';
  /** A directory with the package `site-tools`, which is not on the disc; no repository data. */
  readonly otherpkgs: string;
  /** Release of its kernel, as `uname -r` says it. */
  readonly kernel: string;
}

/**
 * Like RHEL 9: `.discinfo`, `.treeinfo`, the repositories BaseOS and AppStream. The group `@core`
 * has all but the package `kernel`; of it, nothing needs `welcome`. Built once per machine and content.
 */
export function rpmDistribution(): Promise<Distribution> {
  return distribution(redhat);
}

/**
 * Like openSUSE Leap: `media.1`, `content`, one repository at the top. The pattern `base` has all
 * but the package `kernel-default`, and recommends `welcome`. Built once per machine and content.
 */
export function zypperDistribution(): Promise<Distribution> {
  return distribution(suse);
}

async function distribution(family: Family): Promise<Distribution> {
  const { cache } = labSettings(process.env);
  const kernel = await cloudKernel(cache);
  // the kernel's directory is named by a hash of the package's name and version
  const key = [basename(kernel.root), await hashOf(busybox), ...(await sources())];
  const built = await cached(cache, family.name, key, (path) => build(family, kernel, path));
  const at = (name: string) => join(built, name);
  const { osvers } = family;
  const arch = 'x86_64';
  return {
    tree: at('tree'),
    iso: at('media.iso'),
    otherpkgs: at('otherpkgs'),
    osvers,
    arch,
    kernel: kernel.release,
  };
}

async function build(family: Family, kernel: Kernel, path: string): Promise<void> {
  const work = join(path, 'work');
  const tree = join(path, 'tree');
  const trimmed = join(work, 'kernel');
  await mkdir(work, { recursive: true });
  await trimKernel(kernel, trimmed);
  const macros = { ...family.macros, ...kernelMacros(kernel, trimmed) };
  for (const [spec, place] of Object.entries(family.places)) {
    await buildPackage({ spec, output: join(tree, place), macros }, work);
  }
  await buildPackage({ spec: 'site-tools', output: join(path, 'otherpkgs'), macros }, work);
  await family.finish(tree);
  const image = ['-o', join(path, 'media.iso'), '-V', family.volume, '-R', '-J', tree];
  await exec(['xorriso', '-as', 'mkisofs', '-quiet', ...image]);
  await rm(work, { recursive: true });
}

/** All files of this directory: specs, what they install, media, and how it is put together. */
async function sources(): Promise<string[]> {
  const directory = import.meta.dirname;
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).toSorted();
  return Promise.all(paths.map((path) => readFile(path, 'utf8')));
}
