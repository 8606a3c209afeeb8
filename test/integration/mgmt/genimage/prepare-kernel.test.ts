import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { imageTree } from '../../../../mgmt/image/genimage/inside.ts';
import { prepareKernel } from '../../../../mgmt/image/genimage/prepare-kernel.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';

test('tables of modules are made inside the image, whatever its links say', async () => {
  await using place = await tempRoot();
  const outside = join(place.path, 'outside');
  plantTree(place.path, {
    'outside/modules/6.1-x/kept': '',
    'image/lib': { link: '/usr/lib' },
    'image/usr/lib/modules/6.1-x/kernel/x': '',
    'image/boot/vmlinuz-6.1-x': 'kernel',
    'hostile/lib': { link: outside },
    'hostile/boot/vmlinuz-6.1-x': 'kernel',
  });
  const wanted = { kernelver: '', kerneldir: '/none' };
  const image = imageTree(join(place.path, 'image'));
  expect(await prepareKernel(image, wanted, undefined)).toMatchObject({ version: '6.1-x' });
  expect(existsSync(join(place.path, 'image/usr/lib/modules/6.1-x/modules.dep'))).toBe(true);
  const hostile = imageTree(join(place.path, 'hostile'));
  await expect(prepareKernel(hostile, wanted, undefined)).rejects.toThrow('has no kernel');
  expect(await readdir(join(outside, 'modules/6.1-x'))).toEqual(['kept']);
});

test('modules where depmod cannot look are refused', async () => {
  await using place = await tempRoot();
  plantTree(place.path, {
    'lib/modules': { link: '/opt/kernels' },
    'opt/kernels/6.1-x/x': '',
    'boot/vmlinuz-6.1-x': 'kernel',
  });
  const made = prepareKernel(imageTree(place.path), { kernelver: '', kerneldir: '' }, undefined);
  await expect(made).rejects.toThrow('where depmod cannot look');
});

test('a kernel that is nowhere is refused, naming those of the image', async () => {
  await using place = await tempRoot();
  plantTree(place.path, { 'boot/vmlinuz-6.1-x': 'kernel', 'lib/modules/6.1-x/x': '' });
  const wanted = { kernelver: '9', kerneldir: join(place.path, 'none') };
  const made = prepareKernel(imageTree(place.path), wanted, join(place.path, 'old'));
  await expect(made).rejects.toMatchObject({
    message: expect.stringContaining('has no kernel 9'),
    hint: expect.stringContaining('6.1-x'),
  });
});

const kernels = (directory: string) => ({
  [`${directory}/boot/vmlinux-2.6-ppc64`]: directory,
  [`${directory}/lib/modules/2.6-ppc64/kernel/x`]: directory,
});

test('a kernel that was named is looked for in kerneldir, the image before, then this machine', async () => {
  await using place = await tempRoot();
  plantTree(place.path, { ...kernels('machine'), 'image/boot/vmlinuz-6.1-x': 'kernel' });
  const at = (name: string) => join(place.path, name);
  const wanted = { kernelver: '2.6-ppc64', kerneldir: at('kernels') };
  const prepare = () => prepareKernel(imageTree(at('image')), wanted, at('before'), at('machine'));
  expect(await prepare()).toMatchObject({ path: '/boot/vmlinux-2.6-ppc64' });
  const copied = () => readFile(at('image/lib/modules/2.6-ppc64/kernel/x'), 'utf8');
  expect(await copied()).toBe('machine');

  for (const nearer of ['before', 'kernels']) {
    await rm(at('image'), { recursive: true });
    plantTree(place.path, { ...kernels(nearer), 'image/boot/vmlinuz-6.1-x': 'kernel' });
    await prepare();
    expect(await copied()).toBe(nearer);
  }
});
