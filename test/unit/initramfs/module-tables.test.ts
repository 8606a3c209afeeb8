import { describe, expect, test } from 'vitest';
import { moduleName, parseModuleTables, plainFile } from '../../../initramfs/module-tables.ts';

const nothing = { dep: '', alias: '', softdep: '', builtin: '' };

describe('module names and files', () => {
  test.for([
    ['kernel/drivers/net/xen-netfront.ko', 'xen_netfront'],
    ['kernel/fs/nfs/nfs.ko.xz', 'nfs'],
    ['mlx4-en', 'mlx4_en'],
    ['e1000.ko', 'e1000'],
    ['a.kother', 'a.kother'],
  ] as const)('%s is the module %s', ([file, name]) => {
    expect(moduleName(file)).toBe(name);
  });

  test('a compressed file loses the suffix of its compression only', () => {
    expect(['a.ko', 'a.ko.xz', 'a.ko.zst', 'a.ko.gz', 'a.xz'].map(plainFile)).toEqual(
      'a.ko a.ko a.ko a.ko a.xz'.split(' '),
    );
  });
});

describe("depmod's files", () => {
  test('modules.dep: a module, its file, what it needs', () => {
    const dep = 'kernel/a-b.ko: kernel/c.ko kernel/d.ko\nkernel/c.ko:\n';
    expect([...parseModuleTables({ ...nothing, dep }).modules.values()]).toEqual([
      { name: 'a_b', file: 'kernel/a-b.ko', needs: ['c', 'd'] },
      { name: 'c', file: 'kernel/c.ko', needs: [] },
    ]);
  });

  test('modules.alias: patterns as they are, comments and other words passed over', () => {
    const alias = '# Aliases\nalias pci:v00001AF4d* virtio-pci\nalias broken\nother x y\n';
    expect(parseModuleTables({ ...nothing, alias }).aliases).toEqual([
      { pattern: 'pci:v00001AF4d*', module: 'virtio_pci' },
    ]);
  });

  test('modules.softdep: what comes before, of several lines too', () => {
    const softdep =
      'softdep a pre: b c-d post: e\nsoftdep a pre: f\nsoftdep cifs gcm\nsoftdep g post: h\n';
    const { softdeps } = parseModuleTables({ ...nothing, softdep });
    expect(Object.fromEntries(softdeps)).toEqual({ a: ['b', 'c-d', 'f'], cifs: [], g: [] });
  });

  test('modules.builtin: found by name', () => {
    const { builtin } = parseModuleTables({ ...nothing, builtin: 'kernel/fs/ext4/ext4.ko\n' });
    expect(builtin.get('ext4')).toBe('kernel/fs/ext4/ext4.ko');
  });
});
