import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exec } from '../../vm/exec.ts';
import { type Kernel, modulesFor } from '../../vm/kernel.ts';

/**
 * Modules of the kernel package, besides those they need: what mounts a root over the network or
 * from memory, a disk, a power button, and fuse, which no initramfs has unless it is asked for.
 */
const kernelModules = [
  ['virtio_pci', 'virtio_net', 'virtio_blk'],
  ['nfs', 'nfsv3', 'nfsv4', 'overlay', 'squashfs', 'loop', 'isofs', 'ext4', 'vfat', 'fuse'],
  ['button', 'evdev', 'af_packet'],
].flat();

/** Lays out the part of a kernel that is packed: `boot/` and `lib/modules/<release>`, with its tables. */
export async function trimKernel(kernel: Kernel, tree: string): Promise<void> {
  const { release, root } = kernel;
  const own = `lib/modules/${release}`;
  await mkdir(join(tree, 'boot'), { recursive: true });
  await mkdir(join(tree, own), { recursive: true });
  await copyFile(kernel.vmlinuz, join(tree, 'boot', `vmlinuz-${release}`));
  await copyFile(join(root, `boot/config-${release}`), join(tree, `boot/config-${release}`));
  for (const name of await readdir(join(root, own))) {
    if (/^modules\.(builtin|order)/.test(name) && !name.endsWith('.bin')) {
      await copyFile(join(root, own, name), join(tree, own, name));
    }
  }
  for (const file of await modulesFor(kernel, kernelModules)) {
    const place = join(tree, file.slice(root.length));
    await mkdir(dirname(place), { recursive: true });
    await copyFile(file, place);
  }
  await exec(['depmod', '-b', tree, release]);
}

/** For the kernel's spec. A version has no dash: 6.1.0-56-cloud-amd64 is 6.1.0, build 56.cloud.amd64. */
export function kernelMacros({ release }: Kernel, tree: string): Record<string, string> {
  const [version = '', ...rest] = release.split('-');
  return {
    kernel_tree: tree,
    kernel_release: release,
    kernel_version: version,
    kernel_build: rest.join('.'),
  };
}
