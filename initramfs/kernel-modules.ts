import { execFile } from 'node:child_process';
import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasCode, StateliteError } from '../agent/errors.ts';
import { readIfThere } from '../agent/files/if-there.ts';
import { type ModuleTables, parseModuleTables } from './module-tables.ts';

export interface KernelModules {
  /** The image's path of the directory: `/usr/lib/modules/<release>`, or below `/lib`. */
  readonly directory: string;
  readonly tables: ModuleTables;
}

const run = promisify(execFile);

/**
 * Finds the modules of a kernel in an image and reads depmod's files, running depmod first if it
 * never ran. Throws ERR_STATELITE_INITRAMFS if the image has no such kernel.
 */
export async function readKernelModules(root: string, release: string): Promise<KernelModules> {
  if (!/^[\w+~][\w.+~-]*$/u.test(release)) {
    throw new StateliteError('ERR_STATELITE_INITRAMFS', `"${release}" is not a kernel release`);
  }
  const base = await findBase(root, release);
  const directory = join(base, 'lib/modules', release);
  // None is there before depmod, and soft dependencies are optional.
  const text = (name: string) => readIfThere(join(root, directory, `modules.${name}`));
  if ((await text('dep')) === undefined) await depmod(join(root, base), release);
  const [dep, alias, softdep, builtin] = await Promise.all([
    text('dep'),
    text('alias'),
    text('softdep'),
    text('builtin'),
  ]);
  const texts = {
    dep: dep ?? '',
    alias: alias ?? '',
    softdep: softdep ?? '',
    builtin: builtin ?? '',
  };
  return { directory, tables: parseModuleTables(texts) };
}

/**
 * `/usr` comes first, and `/lib` counts only as a directory: an absolute link there would lead to
 * this machine's modules.
 */
async function findBase(root: string, release: string): Promise<string> {
  for (const base of ['/usr', '/']) {
    try {
      const isLink = (await lstat(join(root, base, 'lib'))).isSymbolicLink();
      if (!isLink && (await stat(join(root, base, 'lib/modules', release))).isDirectory())
        return base;
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
    }
  }
  throw new StateliteError(
    'ERR_STATELITE_INITRAMFS',
    `the image ${root} has no modules of the kernel ${release}`,
    { hint: "is the kernel's package in the image's package list?" },
  );
}

async function depmod(base: string, release: string): Promise<void> {
  try {
    await run('depmod', ['-b', base, release]);
  } catch (cause) {
    throw new StateliteError(
      'ERR_STATELITE_INITRAMFS',
      `cannot list the modules of the kernel ${release} in ${base}`,
      { cause, hint: 'depmod is in the package kmod' },
    );
  }
}
