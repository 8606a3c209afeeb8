import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  buildCommand,
  buildImage,
  type BuildOptions,
  type BuildTools,
  rebuildInitramfs,
} from '../../../../mgmt/image/genimage/build.ts';
import { type ImageRow, imageSpec } from '../../../../mgmt/image/genimage/spec.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';

/** A root as the package manager leaves it, as far as genimage looks at it. */
const installed = {
  'etc/shadow': 'root:*:1:::::\n',
  'boot/vmlinuz-6.1.0-9-amd64': 'old kernel',
  'boot/vmlinuz-6.1.0-40-amd64': 'new kernel',
  'lib/modules/6.1.0-9-amd64/modules.dep': '',
  'lib/modules/6.1.0-40-amd64/modules.dep': '',
};
const row: ImageRow = {
  imagename: 'compute',
  profile: 'compute',
  provmethod: 'statelite',
  osvers: 'debian12',
  osarch: 'x86_64',
  environvar: 'SITE=here',
  pkglist: null,
  postinstall: null,
  rootimgdir: null,
  netdrivers: 'tg3',
  kernelver: null,
};
const options: BuildOptions = {
  mirrors: ['http://mirror.example.com/debian'],
  rootPassword: undefined,
  hostSources: [],
  aptOptions: [],
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
  const controller = new AbortController();
  const shown: string[] = [];
  const show = (text: string) => void shown.push(text);
  const tools: BuildTools = {
    progress: { step: show, update: () => {}, done: () => {} },
    signal: controller.signal,
    buildInitramfs: async ({ root, kernel, output, drivers }) => {
      await writeFile(output, `initramfs of ${kernel} with ${drivers.join()}`);
      return [`1 MB  from ${root}`];
    },
  };
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
      'next: liteimg compute',
    ]);
    expect(shown).toEqual(['packages', 'root files', 'postinstall', 'initramfs', 'swap']);
    expect(await readdir(image)).toEqual([
      'genimage.log',
      'initrd-statelite.gz',
      'kernel',
      'rootimg',
    ]);
    expect(await text('kernel')).toBe('new kernel');
    expect(await text('initrd-statelite.gz')).toBe('initramfs of 6.1.0-40-amd64 with tg3');
    expect(await text('rootimg/etc/fstab')).toContain('compute_x86_64');
  });

  test('keeps the root that nodes may still run from, until the one after', async () => {
    await using directory = await tempRoot();
    const { image, tools, spec, text } = await setup(directory.path);
    for (const generation of ['first', 'second', 'third']) {
      await writeFile(join(directory.path, 'root/etc/generation'), generation);
      await buildImage(spec(), options, tools);
    }
    expect(await text('rootimg/etc/generation')).toBe('third');
    expect(await text('rootimg.old/etc/generation')).toBe('second');
    expect((await readdir(image)).filter((name) => name.endsWith('.new'))).toEqual([]);
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
    expect(await text('rootimg/etc/post')).toBe(
      `${image}/rootimg.new debian12 x86_64 compute a b|compute 6.1.0-40-amd64 ${image}/rootimg.new here\n`,
    );
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
    const { tools, spec, unchanged, text } = await good(directory.path);
    await setup(directory.path, 'mkdir "$target"; echo "E: no such package"; exit 100');
    await expect(buildImage(spec(), options, tools)).rejects.toThrow(
      'mmdebstrap failed (exit 100)\n  E: no such package',
    );
    expect(await unchanged()).toBe(true);
    expect(await text('genimage.log')).toBe('E: no such package\n');
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
    while (!existsSync(join(image, 'rootimg.new/lib'))) await sleep(5);
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
    expect(await readdir(image)).toEqual(['genimage.log', 'rootimg']);
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
    const words = await buildCommand(spec(), options);
    expect(words).toContain('\'--aptopt=Acquire::Languages "none";\'');
    expect(words.join(' ')).toMatch(/^mmdebstrap .* bookworm \/.*\/rootimg\.new -$/);
  });
});
