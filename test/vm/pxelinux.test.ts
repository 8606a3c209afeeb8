import { describe, expect } from 'vitest';
import { storyWith } from './fixtures.ts';

const story = storyWith('pxelinux');

describe('a node with noderes.netboot=pxe', () => {
  story('boots by pxelinux and TFTP as stock nodes do', async ({ site }) => {
    const { cluster, image } = site;
    await cluster.addNode('cn01', {
      mac: '52:54:00:77:00:01',
      ip: '10.77.0.11',
      attributes: { 'noderes.netboot': 'pxe' },
    });
    await cluster.setTable('litefile', [{ image: 'ALL', file: '/etc/motd', options: 'tmpfs' }]);
    await cluster.management.run('liteimg', image.osimage);

    // TFTP through pxelinux is slow: 135 MB as they are would take minutes.
    const small = ['--onlyinitrd', '--compression', 'zstd', '--level', '1'];
    await cluster.management.run('genimage', image.osimage, ...small);

    const append = 'init=/bin/sh';
    const node = await cluster.boot('cn01', { osimage: image.osimage, append });

    await node.sees('PXELINUX', { within: '10s' });
    await node.sees('switch_root to', { within: '60s' });
    await node.atShell('# ');
    expect(await node.run('tr " " "\\n" < /proc/cmdline | grep BOOTIF')).toBe(
      'BOOTIF=01-52-54-00-77-00-01\n',
    );
    expect(await node.run('echo written > /etc/motd; cat /etc/motd')).toBe('written\n');
  });
});
