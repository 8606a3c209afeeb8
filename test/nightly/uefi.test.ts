import { describe, expect } from 'vitest';
import { story } from '../vm/fixtures.ts';

/** Firmware, loader and kernel are emulated one after the other. */
const slow = { timeout: 1_200_000 };

/** What a node's console says when its loader has the boot file that nodeset wrote. */
const loaders = [
  { netboot: 'xnba', seen: 'osimage/\\S+/kernel\\.\\.\\.', bootif: '01-' },
  { netboot: 'grub2', seen: 'Loading Install kernel', bootif: '' },
  { netboot: 'grub2-http', seen: 'Loading Install kernel', bootif: '' },
] as const;

describe('a node with UEFI firmware', () => {
  for (const [index, { netboot, seen, bootif }] of loaders.entries()) {
    story(`and noderes.netboot=${netboot} boots to switch_root`, slow, async ({ site }) => {
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
        firmware: 'uefi',
      });
      await node.sees(new RegExp(seen, 'u'), { within: '60s' });
      const loaded = seconds();
      await node.sees('switch_root to', { within: '120s' });
      process.stderr.write(`UEFI, ${netboot}: loader ${loaded} s, switch_root ${seconds()} s\n`);

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
