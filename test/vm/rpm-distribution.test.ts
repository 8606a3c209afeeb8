import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { rpmDistribution } from '../distributions/distribution.ts';
import { testWith } from './fixtures.ts';
import { bootToMultiUser, imageFromDisc, packForMemory } from './from-disc.ts';

const test = testWith('rpm');

describe('a disc of RPM packages', () => {
  test('becomes an image by dnf that boots over NFS and from memory', async ({ cluster }) => {
    const distribution = await rpmDistribution();
    const image = await imageFromDisc(cluster, distribution, {
      platform: 'rh',
      pkglist: '@core\nkernel\n-welcome\n',
    });
    await cluster.addNode('cn01', { mac: '52:54:00:77:00:01', ip: '10.77.0.11' });

    const node = await bootToMultiUser(cluster, 'cn01', image);
    expect(await node.run('. /etc/os-release; echo $ID $VERSION_ID; uname -r')).toBe(
      `rocky 9.4\n${distribution.kernel}\n`,
    );
    expect(await node.run('site-tools; ls /etc/profile.d')).toBe('site tools 1.0\n');
    // what is listed is writable, and the image has what it had
    const motd = join(image.root, 'etc/motd');
    const before = await readFile(motd, 'utf8');
    expect(await node.run('echo changed > /etc/motd; cat /etc/motd')).toBe('changed\n');
    expect(await readFile(motd, 'utf8')).toBe(before);
    expect(await node.run('echo note > /var/log/note; cat /var/log/note')).toBe('note\n');
    // what is not listed is not
    const { output, status } = await node.tryRun('touch /etc/group');
    expect(status).not.toBe(0);
    expect(output).toContain('Read-only file system');
    await node.powerOff();

    await packForMemory(cluster, image);
    const inMemory = await bootToMultiUser(cluster, 'cn01', image);
    expect(await inMemory.run('stat -f -c %T /; ! grep nfs /proc/mounts')).toBe('tmpfs\n');
    expect(await inMemory.run('site-tools; cat /etc/motd')).toBe(`site tools 1.0\n${before}`);
    await inMemory.powerOff();
  });
});
