import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  buildCommands,
  buildImage,
  type BuildOptions,
  rebuildInitramfs,
} from '../../../../mgmt/image/genimage/build.ts';
import { type ImageRow, imageSpec } from '../../../../mgmt/image/genimage/spec.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';
import { imageRow } from '../../../helpers/image-row.ts';
import { fakeTools, packageOptions } from './image-under-test.ts';

/** A root as the package manager leaves it, as far as genimage looks at it. */
const installed = {
  'etc/shadow': 'root:*:1:::::\n',
  'boot/vmlinuz-6.1.0-9-amd64': 'old kernel',
  'boot/vmlinuz-6.1.0-40-amd64': 'new kernel',
  'lib/modules/6.1.0-9-amd64/modules.dep': '',
  'lib/modules/6.1.0-40-amd64/modules.dep': '',
};
const row: ImageRow = { ...imageRow, environvar: 'SITE=here', netdrivers: 'tg3' };
const options: BuildOptions = {
  ...packageOptions,
  mirrors: ['http://mirror.example.com/debian'],
};

afterEach(() => {
  vi.unstubAllEnvs();
});

/** An image directory, and a stand-in for mmdebstrap that runs `packages` with the target as $target. */
async function setup(directory: string, packages = 'cp -a "$template" "$target"') {
  plantTree(directory, {
    ...Object.fromEntries(Object.entries(installed).map(([path, text]) => [`root/${path}`, text])),
    'bin/mmdebstrap': {
      text: `#!/bin/sh\nset -eu\ntemplate=${directory}/root\nwhile [ $# -gt 2 ]; do shift; done\ntarget=$1\n${packages}\n`,
      mode: 0o755,
    },
  });
  vi.stubEnv('PATH', `${directory}/bin:${process.env['PATH']}`);
  const image = join(directory, 'install/netboot/debian12/x86_64/compute');
  const { tools, controller, shown } = fakeTools();
  const spec = (columns: Partial<ImageRow> = {}) =>
    imageSpec({ ...row, ...columns }, join(directory, 'install'));
  const text = (path: string) => readFile(join(image, path), 'utf8');
  return { image, controller, shown, tools, spec, text };
}

/** An image directory with a built image, and whether it still holds the same names. */
async function good(directory: string) {
  const made = await setup(directory);
  await buildImage(made.spec(), options, made.tools);
  const before = (await readdir(made.image)).toSorted();
  return {
    ...made,
    unchanged: async () => (await readdir(made.image)).toSorted().join() === before.join(),
  };
}

describe('a build', () => {
  test('makes root, newest kernel and initramfs, and says so', async () => {
    await using directory = await tempRoot();
    const { image, shown, tools, spec, text } = await setup(directory.path);
    const built = await buildImage(spec(), options, tools);
    expect(built).toMatchObject({ kernel: '6.1.0-40-amd64', contents: [expect.any(String)] });
    expect(built.notes).toEqual([
      expect.stringContaining('root has no password'),
      expect.stringContaining('no init that is known here'),
      'this is generation 1',
      'next: liteimg compute',
    ]);
    expect(shown).toEqual(['packages', 'root files', 'postinstall', 'initramfs', 'publish']);
    expect(await readdir(image)).toEqual(
      expect.arrayContaining(['genimage.log', 'initrd-statelite.gz', 'kernel', 'rootimg']),
    );
    expect(await text('kernel')).toBe('new kernel');
    expect(await text('initrd-statelite.gz')).toBe('initramfs of 6.1.0-40-amd64 with tg3');
    expect(await text('rootimg/etc/fstab')).toContain('compute_x86_64');
  });

  test('uses the kernel of the row, and knows when the image has none', async () => {
    await using directory = await tempRoot();
    const { tools, spec, text } = await setup(directory.path);
    await buildImage(spec({ kernelver: '6.1.0-9-amd64' }), options, tools);
    expect(await text('kernel')).toBe('old kernel');
    await expect(buildImage(spec({ kernelver: '5.10' }), options, tools)).rejects.toMatchObject({
      message: expect.stringContaining('has no kernel 5.10'),
      hint: expect.stringContaining('6.1.0-40-amd64, 6.1.0-9-amd64'),
    });
  });

  test('runs postinstall scripts with the arguments and variables of xCAT', async () => {
    await using directory = await tempRoot();
    const { tools, spec, text, image } = await setup(directory.path);
    const script = join(directory.path, 'post.sh');
    plantTree(directory.path, {
      'post.sh': {
        text: '#!/bin/sh\necho "$*|$IMG_NAME $IMG_KERNELVERSION $IMG_ROOTIMGDIR $SITE" > "$1/etc/post"\n',
        mode: 0o755,
      },
    });
    await buildImage(spec({ postinstall: `${script} a b` }), options, tools);
    const made = `${image}.generations/1/rootimg`;
    expect(await text('rootimg/etc/post')).toBe(
      `${made} debian12 x86_64 compute a b|compute 6.1.0-40-amd64 ${made} here\n`,
    );
  });

  test('runs several scripts in their order, and gives them the lists and directories', async () => {
    await using directory = await tempRoot();
    const { tools, spec, text } = await setup(directory.path);
    plantTree(directory.path, {
      'a.sh': { text: '#!/bin/sh\necho "a $IMG_PKGDIR" >> "$1/etc/post"\n', mode: 0o755 },
      'b.sh': {
        text: '#!/bin/sh\necho "b $IMG_PKGLIST $IMG_OTHERPKGDIR $MODE" >> "$1/etc/post"\n',
        mode: 0o755,
      },
      list: '#ENV:MODE=x#\nsystemd\n',
    });
    const at = (name: string) => join(directory.path, name);
    const columns = { postinstall: `${at('b.sh')}, ${at('a.sh')}`, pkglist: at('list') };
    await buildImage(spec({ ...columns, pkgdir: '/p', otherpkgdir: '/o' }), options, tools);
    expect(await text('rootimg/etc/post')).toBe(`b ${at('list')} /o x\na /p\n`);
  });

  test('takes a kernel that somebody copied into the image by hand, and makes its tables', async () => {
    await using directory = await tempRoot();
    const { image, tools, spec, text } = await setup(directory.path);
    await buildImage(spec(), options, tools);
    plantTree(join(image, 'rootimg'), {
      'boot/vmlinux-6.9-own': 'own kernel',
      'boot/System.map-6.9-own': 'map',
      'lib/modules/6.9-own/kernel/own.txt': 'x',
    });
    const built = await buildImage(spec({ kernelver: '6.9-own' }), options, tools);
    expect(built.kernel).toBe('6.9-own');
    expect(await text('kernel')).toBe('own kernel');
    expect(await text('rootimg/boot/System.map-6.9-own')).toBe('map');
    expect(existsSync(join(image, 'rootimg/lib/modules/6.9-own/modules.dep'))).toBe(true);
  });

  test('takes a kernel from kerneldir', async () => {
    await using directory = await tempRoot();
    const { tools, spec, text } = await setup(directory.path);
    plantTree(directory.path, {
      'kernels/boot/vmlinuz-6.9-dir': 'from kerneldir',
      'kernels/lib/modules/6.9-dir/x': '',
    });
    const kerneldir = join(directory.path, 'kernels');
    await buildImage(spec({ kernelver: '6.9-dir', kerneldir }), options, tools);
    expect(await text('kernel')).toBe('from kerneldir');
  });

  test('of the initramfs alone leaves the root as it is', async () => {
    await using directory = await tempRoot();
    const { image, tools, spec, text } = await setup(directory.path);
    await buildImage(spec(), options, tools);
    await writeFile(join(image, 'rootimg/etc/changed'), 'by hand');
    await rebuildInitramfs(spec({ netdrivers: 'igb' }), tools);
    expect(await text('initrd-statelite.gz')).toContain('with igb');
    expect(await text('rootimg/etc/changed')).toBe('by hand');
  });
});

describe('the last good image survives', () => {
  test('packages that cannot be installed', async () => {
    await using directory = await tempRoot();
    const { image, tools, spec, unchanged } = await good(directory.path);
    await setup(directory.path, 'mkdir "$target"; echo "E: no such package"; exit 100');
    await expect(buildImage(spec(), options, tools)).rejects.toThrow(
      'mmdebstrap failed (exit 100)\n  E: no such package',
    );
    expect(await unchanged()).toBe(true);
    expect(await readFile(`${image}.generations/genimage.log`, 'utf8')).toBe(
      'E: no such package\n',
    );
  });

  test('a postinstall script that fails', async () => {
    await using directory = await tempRoot();
    const { tools, spec, unchanged, text } = await good(directory.path);
    plantTree(directory.path, {
      'post.sh': { text: '#!/bin/sh\nrm -r "$1/etc"; exit 3\n', mode: 0o755 },
    });
    const failing = spec({ postinstall: join(directory.path, 'post.sh') });
    await expect(buildImage(failing, options, tools)).rejects.toThrow(/post\.sh failed \(exit 3\)/);
    expect(await unchanged()).toBe(true);
    expect(await text('rootimg/etc/shadow')).toContain('root:');
  });

  test('an interrupt in the middle of the packages', async () => {
    await using directory = await tempRoot();
    const { image, tools, controller, spec, unchanged } = await good(directory.path);
    await setup(directory.path, 'cp -a "$template" "$target"; exec sleep 1000');
    const running = buildImage(spec(), options, tools);
    while (!existsSync(`${image}.generations/2/rootimg/lib`)) await sleep(5);
    controller.abort(new Error('interrupted'));
    await expect(running).rejects.toThrow('interrupted');
    expect(await unchanged()).toBe(true);
  });

  test('a machine that lost power between the renames: the next build gives it back first', async () => {
    await using directory = await tempRoot();
    const { image, tools, spec, text } = await setup(directory.path, 'exit 1');
    plantTree(image, {
      'rootimg.old/etc/good': 'yes',
      'rootimg.new/etc/half': 'x',
      'kernel.new': '',
    });
    await expect(buildImage(spec(), options, tools)).rejects.toThrow(/mmdebstrap failed/);
    expect(await text('rootimg/etc/good')).toBe('yes');
    expect(await readdir(image)).not.toContain('rootimg.new');
  });
});

describe('before anything is built', () => {
  test.for([
    [{ pkglist: '/no/such.pkglist' }, /the pkglist \/no\/such\.pkglist does not exist/],
    [
      { postinstall: '/no/such.sh' },
      /the postinstall script \/no\/such\.sh of osimage compute cannot be run/,
    ],
  ] as const)('%j is refused', async ([columns, message]) => {
    await using directory = await tempRoot();
    const { image, tools, spec } = await setup(directory.path);
    await expect(buildImage(spec(columns), options, tools)).rejects.toThrow(message);
    expect(existsSync(image)).toBe(false);
  });

  test('an empty pkglist is refused', async () => {
    await using directory = await tempRoot();
    const { tools, spec } = await setup(directory.path);
    await writeFile(join(directory.path, 'empty'), '# nothing\n');
    const pkglist = join(directory.path, 'empty');
    await expect(buildImage(spec({ pkglist }), options, tools)).rejects.toThrow(/is empty/);
  });

  test('a mount in a leftover is refused, not emptied', async () => {
    await using directory = await tempRoot();
    const { image, tools, spec } = await setup(directory.path);
    const inside = join(image, 'rootimg.new/with blank');
    await mkdir(inside, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', 'none', inside]);
    try {
      await expect(buildImage(spec(), options, tools)).rejects.toThrow(`${inside} is mounted in`);
    } finally {
      execFileSync('umount', [inside]);
    }
  });

  test('the command can be shown, quoted for a shell', async () => {
    await using directory = await tempRoot();
    const { spec } = await setup(directory.path);
    const lines = await buildCommands(spec(), options);
    expect(lines).toEqual([expect.stringContaining('\'--aptopt=Acquire::Languages "none";\'')]);
    expect(lines[0]).toMatch(/^mmdebstrap .* bookworm \/.*\/rootimg -$/);
  });
});
