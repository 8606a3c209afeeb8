import { copyFile, readdir } from 'node:fs/promises';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import type { ImageTree } from './inside.ts';

/** A kernel of an image, with its modules. */
export interface Kernel {
  readonly version: string;
  /** Inside the image. */
  readonly path: string;
}

/**
 * The kernel `version`, blank for the newest of the image that has its modules too.
 * ERR_STATELITE_IMAGE if there is none, naming what there is.
 */
export async function findKernel(tree: ImageTree, version: string): Promise<Kernel> {
  const versions = await modulesIn(tree);
  const wanted = version === '' ? versions : versions.filter((name) => name === version);
  for (const name of wanted) {
    for (const path of kernelPaths(name)) {
      if (await tree.exists(path)) return { version: name, path };
    }
  }
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    version === ''
      ? `the image ${tree.root} has no kernel`
      : `the image ${tree.root} has no kernel ${version}`,
    {
      hint:
        versions.length === 0
          ? 'add a kernel package to the pkglist, e.g. linux-image-amd64, kernel or kernel-default'
          : `its modules are of ${versions.join(', ')}: is linuximage.kernelver one of these?`,
    },
  );
}

/** Copies the kernel out of the image; `to` appears when it is whole only if the caller renames it. */
export async function copyKernel(tree: ImageTree, { path }: Kernel, to: string): Promise<void> {
  await copyFile(await tree.at(path), to);
}

/** Where distributions put the kernel of a version. */
function kernelPaths(version: string): string[] {
  return [
    `/boot/vmlinuz-${version}`,
    `/boot/vmlinux-${version}`,
    `/boot/image-${version}`,
    `/lib/modules/${version}/vmlinuz`,
  ];
}

/** Versions that have modules, newest first. */
async function modulesIn(tree: ImageTree): Promise<string[]> {
  const collator = new Intl.Collator('en', { numeric: true });
  try {
    const names = await readdir(await tree.at('/lib/modules'));
    return names.toSorted((a, b) => collator.compare(b, a));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
