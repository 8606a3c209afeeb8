import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { busyboxInitramfs, dhcp } from '../../vm/busybox.ts';
import { type ForeignImage, installForeignImage, kernelIn } from '../../vm/foreign-image.ts';
import { settings } from '../vm/fixtures.ts';
import { addNode, bringGrub, foreignStory, slow, stopwatch } from './foreign.ts';

const story = foreignStory('ppc64le', {});

const packages = ['linux-image-powerpc64le', 'busybox-static'];

/** There is no Node for this processor, hence no agent: a busybox says what the kernel was told. */
const start = `
echo "@@cmdline@@ $(cat /proc/cmdline)"
${dhcp} && echo "@@lease@@ $(ip -4 -o addr show dev eth0)"
poweroff -f
`;

describe('a node with a POWER processor', () => {
  story('is told by its firmware and GRUB what nodeset wrote', slow, async ({ cluster }) => {
    const { management } = cluster;
    const image = await installForeignImage(management, settings.cache, {
      arch: 'ppc64le',
      packages,
    });
    await putKernelAndInitramfs(image);
    await bringGrub(management, 'ppc64le');
    await management.run('liteimg', image.osimage);
    const { name, mac } = await addNode(cluster, { 'noderes.netboot': 'grub2' });

    const time = stopwatch();
    const { osimage } = image;
    const node = await cluster.boot(name, { arch: 'ppc64le', memory: 2048, osimage });
    await node.sees('Loading Install kernel', { within: '60s' });
    const loader = time();
    const [, said = ''] = await node.sees(/@@cmdline@@ (.*)\r/u, { within: '120s' });
    const initramfs = time();
    await node.sees('@@lease@@', { within: '30s' });
    process.stderr.write(
      `ppc64le, slof: loader ${loader}, initramfs ${initramfs}, lease ${time()}\n`,
    );

    const file = await readFile(join(management.tftpdir, 'boot/grub2', name), 'utf8');
    const [, words = ''] = /^\s+linux \S+ (.*)$/mu.exec(file) ?? [];
    const told = words.replace('$net_default_mac', mac);
    expect(told).toMatch(new RegExp(` console=hvc0,115200 .* BOOTIF=${mac}$`, 'u'));
    expect(said.slice(-told.length)).toBe(told);
    await node.machine.ended;
  });
});

/** Where genimage would. */
async function putKernelAndInitramfs({ directory, root }: ForeignImage): Promise<void> {
  const kernel = await kernelIn(root);
  const initramfs = await busyboxInitramfs(settings.cache, kernel, {
    modules: ['ibmveth'],
    start,
    guestBusybox: join(root, 'bin/busybox'),
  });
  await copyFile(kernel.vmlinuz, join(directory, 'kernel'));
  await copyFile(initramfs, join(directory, 'initrd-statelite.gz'));
}
