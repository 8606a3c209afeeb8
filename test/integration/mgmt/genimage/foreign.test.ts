import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test as plain, vi } from 'vitest';
import { buildImage } from '../../../../mgmt/image/genimage/build.ts';
import { type Exit, refuseUnrunnable } from '../../../../mgmt/image/genimage/foreign-programs.ts';
import { imageSpec } from '../../../../mgmt/image/genimage/spec.ts';
import { imageRow } from '../../../helpers/image-row.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';
import { moduleFile } from '../../initramfs/image.ts';
import { elfFile } from '../../../unit/initramfs/elf-file.ts';
import { fakeTools, packageOptions } from './image-under-test.ts';

const arm = { machine: 183 };
const kernel = '6.1.0-40-arm64';

afterEach(() => {
  vi.unstubAllEnvs();
});

function plantPrograms(directory: string, files: Readonly<Record<string, Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content, { mode: 0o755 });
  }
}

/** A root with a kernel, its NFS client, and a static busybox for aarch64. */
function plantArmRoot(root: string): void {
  plantPrograms(root, {
    [`boot/vmlinuz-${kernel}`]: Buffer.from('arm kernel'),
    'bin/busybox': elfFile(arm),
    ...Object.fromEntries(
      ['nfs', 'nfsv3', 'nfsv4'].map((name) => [
        `lib/modules/${kernel}/kernel/fs/nfs/${name}.ko`,
        moduleFile(name),
      ]),
    ),
  });
}

/** An osimage `arm` whose root is there already. */
async function defineArm(mn: Management): Promise<string> {
  const image = join(mn.directory, 'install/arm');
  plantArmRoot(join(image, 'rootimg'));
  const words = 'provmethod=statelite osvers=debian12 osarch=aarch64 profile=compute';
  const made = await mn.run(
    'mkdef',
    '-t',
    'osimage',
    'arm',
    ...words.split(' '),
    `rootimgdir=${image}`,
  );
  expect(made).toMatchObject({ code: 0 });
  return image;
}

describe('genimage --onlyinitrd for nodes of another architecture', () => {
  test('puts the agent and the busybox of that architecture in', async ({ mn }) => {
    const image = await defineArm(mn);
    const agent = elfFile(arm);
    plantPrograms(mn.directory, { 'statelite-agent-aarch64': agent });
    const ran = await mn.run('genimage', 'arm', '--onlyinitrd', '--compression', 'none');
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.out.join('\n')).toContain('/init: the boot agent');
    const packed = readFileSync(join(image, 'initrd-statelite.gz'));
    expect(packed.includes(agent)).toBe(true);
    expect(packed.includes('\u007FELF\u0002\u0001')).toBe(true);
    expect(existsSync(join(mn.directory, 'tftpboot/xcat/osimage/arm/kernel'))).toBe(true);
  });

  test('without a busybox for it is refused', async ({ mn }) => {
    const image = await defineArm(mn);
    plantPrograms(mn.directory, { 'statelite-agent-aarch64': elfFile(arm) });
    plantPrograms(image, { 'rootimg/bin/busybox': elfFile({ machine: 62 }) });
    const ran = await mn.run('genimage', 'arm', '--onlyinitrd');
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('the image has no busybox for aarch64');
    expect(existsSync(join(image, 'initrd-statelite.gz'))).toBe(false);
  });

  test('without an agent for it is refused, and the old one stays', async ({ mn }) => {
    const image = await defineArm(mn);
    plantTree(image, { 'initrd-statelite.gz': 'made on another machine' });
    const ran = await mn.run('genimage', 'arm', '--onlyinitrd');
    expect(ran.code).toBe(1);
    expect(ran.err).toContain(`there is no ${mn.directory}/statelite-agent-aarch64`);
    expect(ran.err).toContain('npm run build -- aarch64 makes it, see docs/architectures.md');
    expect(readFileSync(join(image, 'initrd-statelite.gz'), 'utf8')).toBe(
      'made on another machine',
    );
  });
});

test.for([
  [
    'without an agent',
    false,
    /there is no .*statelite-agent-s390x,.*; see docs\/architectures\.md/,
  ],
  ['whose initramfs nothing is known of', true, /no initramfs can be made for s390x/],
] as const)(
  'an image %s gets everything but an initramfs, with one warning',
  async (given, { mn }) => {
    const [, hasAgent, reason] = given;
    const template = join(mn.directory, 'template');
    plantTree(template, {
      'etc/shadow': 'root:*:1:::::\n',
      'boot/vmlinuz-5.14-s390x': 'kernel',
      'lib/modules/5.14-s390x/modules.dep': '',
    });
    plantTree(mn.directory, {
      ...(hasAgent && { 'statelite-agent-s390x': 'agent' }),
      'install/rocky9/s390x/repodata/repomd.xml': '',
      'bin/dnf': {
        text: `#!/bin/sh\nfor word; do case $word in --installroot=*) root=\${word#*=};; esac; done\ncp -a ${template}/. "$root"\n`,
        mode: 0o755,
      },
    });
    vi.stubEnv('PATH', `${mn.directory}/bin:${process.env['PATH']}`);
    const ran = await mn.run('genimage', '-o', 'rocky9', '-p', 'compute', '-a', 's390x');
    expect(ran).toMatchObject({ code: 0 });
    const warnings = ran.err.split('\n').filter((line) => line.includes('warning'));
    expect(warnings).toEqual([expect.stringContaining('gets no initramfs')]);
    expect(warnings[0]).toMatch(reason);
    expect(ran.out.join('\n')).toMatch(/\n {2}initramfs +none\n/);
    const image = join(mn.directory, 'install/netboot/rocky9/s390x/compute');
    expect(readFileSync(join(image, 'kernel'), 'utf8')).toBe('kernel');
    expect(existsSync(join(image, 'rootimg/etc/fstab'))).toBe(true);
    expect(existsSync(join(image, 'initrd-statelite.gz'))).toBe(false);
    expect(existsSync(join(mn.directory, 'tftpboot/xcat/osimage'))).toBe(false);
  },
);

describe('a build that can make no initramfs', () => {
  const options = { ...packageOptions, mirrors: ['http://mirror.example.com/debian'] };

  /** An image with an initramfs; then one more build without, whose root has the kernel `next`. */
  async function rebuilt(directory: string, next: string) {
    plantTree(directory, {
      'bin/mmdebstrap': {
        text: `#!/bin/sh\nset -eu\nwhile [ $# -gt 2 ]; do shift; done\ncp -a ${directory}/root "$1"\n`,
        mode: 0o755,
      },
      'root/etc/shadow': 'root:*:1:::::\n',
      'root/boot/vmlinuz-6.1': 'kernel 6.1',
      'root/lib/modules/6.1/modules.dep': '',
    });
    vi.stubEnv('PATH', `${directory}/bin:${process.env['PATH']}`);
    const { tools } = fakeTools();
    const spec = imageSpec(imageRow, join(directory, 'install'));
    await buildImage(spec, options, tools);
    plantTree(directory, {
      [`root/boot/vmlinuz-${next}`]: `kernel ${next}`,
      [`root/lib/modules/${next}/modules.dep`]: '',
    });
    const built = await buildImage(spec, options, {
      ...tools,
      buildInitramfs: async () => undefined,
    });
    const text = (name: string) => readFileSync(join(spec.rootimgdir, name), 'utf8');
    return { built, text, initramfs: join(spec.rootimgdir, 'initrd-statelite.gz') };
  }

  plain('keeps the one before if it is of the same kernel', async () => {
    await using directory = await tempRoot();
    const { built, text } = await rebuilt(directory.path, '6.1');
    expect(built.contents).toEqual(['kept: it was made for the same kernel']);
    expect(text('initrd-statelite.gz')).toContain('initramfs of 6.1');
  });

  plain('has none for a new kernel: the modules of the old one fit no other', async () => {
    await using directory = await tempRoot();
    const { built, text, initramfs } = await rebuilt(directory.path, '6.2');
    expect(built).toMatchObject({ kernel: '6.2', contents: [] });
    expect(text('kernel')).toBe('kernel 6.2');
    expect(existsSync(initramfs)).toBe(false);
  });
});

describe('scripts of packages', () => {
  /** The exit(0) of x86_64, and one for a machine that nobody has built. */
  const code = [0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05];
  const programs: Readonly<Record<string, Exit>> = {
    ours: { machine: 62, flags: 0, code },
    theirs: { machine: 0xfeed, flags: 0, code },
  };

  plain('run if this machine runs such programs in a root of their own', async () => {
    await using place = await tempRoot();
    const images = join(place.path, 'netboot/compute');
    vi.stubEnv('TMPDIR', '/proc'); // nothing can be run there, and it does not matter
    await expect(refuseUnrunnable('ours', images, programs)).resolves.toBeUndefined();
    await expect(refuseUnrunnable('x86_64', images)).resolves.toBeUndefined();
    expect(readdirSync(place.path)).toEqual([]);
  });

  plain('are a reason to refuse the image if it does not', async () => {
    await using place = await tempRoot();
    await expect(refuseUnrunnable('theirs', place.path, programs)).rejects.toMatchObject({
      code: 'ERR_STATELITE_IMAGE',
      message: expect.stringContaining(`cannot run programs of theirs in ${place.path}`),
      hint: expect.stringContaining('qemu-user-static'),
    });
  });

  plain('of an architecture nothing is known of are left to the package manager', async () => {
    await expect(refuseUnrunnable('constructor', '/proc/none')).resolves.toBeUndefined();
  });
});
