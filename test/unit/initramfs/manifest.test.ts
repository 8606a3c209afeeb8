import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ManifestEntry, type Parts, planManifest } from '../../../initramfs/manifest.ts';

const module = { name: 'nfs', file: 'kernel/fs/nfs/nfs.ko.xz', needs: [], soft: [], why: 'NFS' };
const parts: Parts = {
  kernel: '6.1.0-9-amd64',
  agent: '/dist/agent',
  libraries: [{ path: '/lib64/ld.so.2', source: '/lib64/ld.so.2' }],
  busybox: '/usr/bin/busybox',
  udhcpc: '/dist/udhcpc',
  ca: Buffer.from('PEM'),
  modules: [{ module, content: { data: Buffer.from('module') } }],
  tables: { 'modules.dep': 'kernel/fs/nfs/nfs.ko:\n' },
  firmware: [{ path: '/lib/firmware/tigon/tg3.bin', source: '/image/tg3.bin' }],
  disk: { programs: [], mke2fsConf: undefined },
};
const at = (path: string, changed: Partial<Parts> = {}): ManifestEntry | undefined =>
  planManifest({ ...parts, ...changed }).find((entry) => entry.path === path);

describe('what is in an initramfs', () => {
  test('the agent is its init, and no script is in between', () => {
    expect(at('/init')).toMatchObject({ mode: 0o755, content: { file: '/dist/agent' } });
  });

  test('a console and a null device, without which Node does not start', () => {
    expect(at('/dev/console')).toMatchObject({ kind: 'device', mode: 0o600, major: 5, minor: 1 });
    expect(at('/dev/null')).toMatchObject({ kind: 'device', mode: 0o666, major: 1, minor: 3 });
  });

  test('the marker names the kernel', () => {
    expect(at('/etc/statelite/initramfs')).toMatchObject({
      content: { data: Buffer.from('6.1.0-9-amd64\n') },
    });
  });

  test('busybox is the shell, and the lease script can be executed', () => {
    expect(at('/bin/sh')).toMatchObject({ kind: 'link', target: 'busybox' });
    expect(at('/etc/statelite/udhcpc')).toMatchObject({ mode: 0o755 });
  });

  test('a compressed module has the name it has unpacked', () => {
    expect(at('/lib/modules/6.1.0-9-amd64/kernel/fs/nfs/nfs.ko')).toMatchObject({ why: 'NFS' });
  });

  test('the certificate is there if there is one', () => {
    expect(at('/etc/statelite/ca.pem')).toMatchObject({ content: { data: parts.ca } });
    expect(at('/etc/statelite/ca.pem', { ca: undefined })).toBeUndefined();
  });

  test('names are resolved by DHCP or not at all: there is a hosts file and no resolv.conf', () => {
    expect(at('/etc/hosts')).toBeDefined();
    expect(at('/etc/resolv.conf')).toBeUndefined();
  });

  test.for(['/proc', '/sys', '/dev', '/run', '/newroot'])('%s is an empty directory', (path) => {
    expect(at(path)).toMatchObject({ kind: 'directory', mode: 0o755 });
  });

  test('/tmp is for everybody', () => {
    expect(at('/tmp')).toMatchObject({ kind: 'directory', mode: 0o1777 });
  });

  test('a directory comes before what it holds, and nothing twice', () => {
    const paths = planManifest(parts).map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    for (const [index, path] of paths.entries()) {
      expect(['/', ...paths.slice(0, index)]).toContain(dirname(path));
    }
  });

  test('two things for one path are a bug', () => {
    const libraries = [{ path: '/init', source: '/lib/libc.so.6' }];
    expect(() => planManifest({ ...parts, libraries })).toThrow('two things for /init');
  });
});
