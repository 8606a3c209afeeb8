import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { zypperDistribution } from '../distributions/distribution.ts';
import { testWith } from './fixtures.ts';
import { bootToMultiUser, imageFromDisc, packForMemory } from './from-disc.ts';

const test = testWith('rpm', 'squashfs');

describe('a SUSE disc', () => {
  test('becomes an image by zypper that boots over NFS and from memory', async ({ cluster }) => {
    const distribution = await zypperDistribution();
    const image = await imageFromDisc(cluster, distribution, {
      platform: 'sles',
      pkglist: '@base\nkernel-default, welcome\n',
    });
    await cluster.addNode('cn01', { mac: '52:54:00:77:00:01', ip: '10.77.0.11' });

    const node = await bootToMultiUser(cluster, 'cn01', image);
    expect(await node.run('. /etc/os-release; echo $ID $VERSION_ID; uname -r')).toBe(
      `opensuse-leap 15.6\n${distribution.kernel}\n`,
    );
    expect(await node.run('site-tools; ls /etc/profile.d')).toBe('site tools 1.0\nwelcome.sh\n');
    // what is listed is writable, and only on the node
    expect(await node.run('echo changed > /etc/motd; cat /etc/motd')).toBe('changed\n');
    expect(await node.run('echo note > /var/log/note; cat /var/log/note')).toBe('note\n');
    expect(await readdir(join(image.root, '.default/var/log'))).not.toContain('note');
    // what is not listed is not
    const readOnly = await node.tryRun('touch /etc/group');
    expect(readOnly.status).not.toBe(0);
    expect(readOnly.output).toContain('Read-only file system');
    await node.powerOff();

    // a squashfs is mounted, not unpacked: what is not listed stays read-only
    await packForMemory(cluster, image, ['-m', 'squashfs']);
    const inMemory = await bootToMultiUser(cluster, 'cn01', image);
    expect(await inMemory.run('site-tools; ! grep nfs /proc/mounts')).toBe('site tools 1.0\n');
    expect(await inMemory.run('echo changed > /etc/motd; cat /etc/motd')).toBe('changed\n');
    expect((await inMemory.tryRun('touch /etc/group')).output).toContain('Read-only file system');
    await inMemory.powerOff();
  });
});
