import { describe, expect } from 'vitest';
import { storyWith } from '../vm/fixtures.ts';

const story = storyWith('uefi');

/** Firmware, loader and kernel are emulated one after the other. */
const slow = { timeout: 1_200_000 };

/** What a node's console says once it has the boot file that nodeset wrote. */
const ipxe = { seen: 'osimage/\\S+/kernel\\.\\.\\.', bootif: '01-' };
const grub = { seen: 'Loading Install kernel', bootif: '' };

const boots = [
  { firmware: 'uefi', netboot: 'xnba', ...ipxe },
  { firmware: 'uefi', netboot: 'grub2', ...grub },
  { firmware: 'uefi', netboot: 'grub2-http', ...grub },
  { firmware: 'uefi-http', netboot: 'xnba', ...ipxe },
  { firmware: 'uefi-http', netboot: 'grub2', ...grub },
] as const;

/** How the firmware begins, and what it is then to load. */
const starts = { uefi: 'Start PXE over IPv4', 'uefi-http': 'Start HTTP Boot over IPv4' } as const;

describe('a node with UEFI firmware', () => {
  for (const [index, { firmware, netboot, seen, bootif }] of boots.entries()) {
    const title = `(${firmware}) and noderes.netboot=${netboot} boots to switch_root`;
    story(title, slow, async ({ site }) => {
      const { cluster, image } = site;
      const number = index + 1;
      const [name, mac] = [`cn0${number}`, `52:54:00:77:00:0${number}`];
      await cluster.addNode(name, {
        mac,
        ip: `10.77.0.1${number}`,
        attributes: { 'noderes.netboot': netboot },
      });
      await cluster.setTable('litefile', [{ image: 'ALL', file: '/etc/motd', options: 'tmpfs' }]);
      await cluster.management.run('liteimg', image.osimage);
      // GRUB is slow over HTTP: 135 MB as they are would take minutes.
      const small = ['--onlyinitrd', '--compression', 'zstd', '--level', '1'];
      await cluster.management.run('genimage', image.osimage, ...small);

      const start = performance.now();
      const seconds = () => ((performance.now() - start) / 1000).toFixed(1);
      const node = await cluster.boot(name, {
        osimage: image.osimage,
        append: 'init=/bin/sh',
        firmware,
      });
      await node.sees(starts[firmware], { within: '60s' });
      await node.sees(new RegExp(seen, 'u'), { within: '60s' });
      const loaded = seconds();
      await node.sees('switch_root to', { within: '120s' });
      process.stderr.write(
        `${firmware}, ${netboot}: loader ${loaded} s, switch_root ${seconds()} s\n`,
      );

      await node.atShell('# ');
      const words = (await node.run('cat /proc/cmdline')).trim().split(' ');
      expect(words.at(-1)).toBe(
        `BOOTIF=${bootif}${bootif === '' ? mac : mac.replaceAll(':', '-')}`,
      );
      expect(await node.run('echo written > /etc/motd; cat /etc/motd')).toBe('written\n');
      await node.kill();
    });
  }
});
