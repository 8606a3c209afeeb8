import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { StateliteError } from '../../../agent/errors.ts';
import { namesIfThere } from '../../../agent/files/if-there.ts';
import { imageTree, type ImageTree } from './inside.ts';
import { findKernel, type Kernel } from './kernel.ts';
import type { ImageSpec } from './spec.ts';

const run = promisify(execFile);

/**
 * The kernel the image boots, with the tables that depmod(8) makes of its modules. A kernel that was
 * named (`genimage -k`) and is no package is taken from linuximage.kerneldir or, if somebody copied
 * it into the image by hand, from the previous root, else from /boot and /lib/modules of this machine,
 * where the 2010 cookbook has it put (2.11).
 */
export async function prepareKernel(
  tree: ImageTree,
  { kernelver, kerneldir }: Pick<ImageSpec, 'kernelver' | 'kerneldir'>,
  previous: string | undefined,
  machine = '/',
): Promise<Kernel> {
  if (kernelver !== '' && !(await hasKernel(tree, kernelver))) {
    const others = [kerneldir, ...(previous === undefined ? [] : [previous]), machine];
    for (const other of others.map(imageTree)) {
      if (!(await hasKernel(other, kernelver))) continue;
      await adopt(other, tree, kernelver);
      break;
    }
  }
  const kernel = await findKernel(tree, kernelver);
  await makeModuleTables(tree, kernel.version);
  return kernel;
}

async function hasKernel(tree: ImageTree, version: string): Promise<boolean> {
  try {
    await findKernel(tree, version);
    return true;
  } catch (error) {
    if (error instanceof StateliteError && error.code === 'ERR_STATELITE_IMAGE') return false;
    throw error;
  }
}

/** The files of /boot that end in the version, and its modules. */
async function adopt(from: ImageTree, to: ImageTree, version: string): Promise<void> {
  await to.makeDirectory('/boot');
  await to.makeDirectory('/lib/modules');
  const names = await namesIfThere(await from.at('/boot'), 'ENOTDIR');
  const files = names.filter((name) => name.endsWith(`-${version}`));
  for (const path of [...files.map((name) => `/boot/${name}`), `/lib/modules/${version}`]) {
    await run('cp', ['--archive', '--', await from.at(path), await to.at(dirname(path))]);
  }
}

/**
 * depmod follows links of its base directory to this machine's modules: it gets the directory that
 * /lib/modules/<version> really is in.
 */
async function makeModuleTables(tree: ImageTree, version: string): Promise<void> {
  const directory = await tree.at(`/lib/modules/${version}`);
  const base = dirname(dirname(dirname(directory)));
  if (directory !== `${base}/lib/modules/${version}`) {
    throw new StateliteError(
      'ERR_STATELITE_IMAGE',
      `the modules of ${version} are in ${directory}, where depmod cannot look`,
      { hint: `make /lib/modules/${version} of the image a directory` },
    );
  }
  await run('depmod', ['-b', base, version]);
}
