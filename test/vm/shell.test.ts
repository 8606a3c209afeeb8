import { describe, expect } from 'vitest';
import { story } from './fixtures.ts';

describe('the word shell on the command line', () => {
  story('stops the boot three times, each time with a shell that works', async ({ site }) => {
    const { cluster, image } = site;
    const state = await cluster.share('state');
    await cluster.addNode('cn01', { mac: '52:54:00:77:00:01', ip: '10.77.0.11' });
    await cluster.setTable('litefile', [
      { image: 'ALL', file: '/var/lib/systemd/', options: 'persistent' },
    ]);
    await cluster.setTable('statelite', [{ node: 'cn01', statemnt: state.location }]);
    await cluster.management.run('liteimg', image.osimage);

    const append = 'shell init=/bin/sh';
    const node = await cluster.bootInstalled('cn01', { osimage: image.osimage, append });

    await node.sees('pause 1 of 3: the root is mounted', { within: '30s' });
    await node.atShell('statelite# ');
    expect(await node.run('grep -c /newroot /proc/mounts')).toBe('1\n');
    await node.leaveShell();

    await node.sees('pause 2 of 3: persistent storage and trees are mounted', { within: '20s' });
    await node.atShell('statelite# ');
    expect(await node.run('grep -c /newroot/.statelite/persistent /proc/mounts')).toBe('1\n');
    expect(await node.run('grep -c /newroot/var/lib/systemd /proc/mounts || true')).toBe('0\n');
    await node.leaveShell();

    await node.sees('pause 3 of 3: every entry is in place', { within: '20s' });
    await node.atShell('statelite# ');
    expect(await node.run('grep -c /newroot/var/lib/systemd /proc/mounts')).toBe('1\n');
    await node.leaveShell();

    await node.sees('switch_root to', { within: '20s' });
    await node.atShell('# ');
    expect(await node.run('readlink /proc/1/exe')).toContain('/bin/dash');
  });
});
