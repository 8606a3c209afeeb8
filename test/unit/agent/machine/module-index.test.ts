import { describe, expect, test } from 'vitest';
import {
  loadOrder,
  moduleName,
  modulesFor,
  parseModuleIndex,
  requiredFor,
} from '../../../../agent/machine/module-index.ts';

describe('the name of a module', () => {
  test.for([
    ['kernel/drivers/net/virtio_net.ko', 'virtio_net'],
    ['kernel/crypto/crc32c-intel.ko.xz', 'crc32c_intel'],
    ['snd-hda-intel', 'snd_hda_intel'],
    ['nfs', 'nfs'],
  ] as const)('%s is %s', ([file, name]) => {
    expect(moduleName(file)).toBe(name);
  });
});

describe('the order to load modules in', () => {
  const dep = [
    'kernel/fs/nfs/nfsv4.ko: kernel/fs/nfs/nfs.ko kernel/net/sunrpc/sunrpc.ko',
    'kernel/fs/nfs/nfs.ko: kernel/fs/lockd/lockd.ko kernel/net/sunrpc/sunrpc.ko',
    'kernel/fs/lockd/lockd.ko: kernel/net/sunrpc/sunrpc.ko',
    'kernel/net/sunrpc/sunrpc.ko:',
    'kernel/drivers/net/tg3.ko: kernel/drivers/net/lib-phy.ko',
    'kernel/drivers/net/lib-phy.ko:',
    'kernel/drivers/net/broadcom.ko: kernel/drivers/net/lib-phy.ko',
    'kernel/a.ko: kernel/b.ko',
    'kernel/b.ko: kernel/a.ko',
    'kernel/c.ko: kernel/gone.ko',
  ].join('\n');
  const softdep = [
    '# Soft dependencies',
    'softdep tg3 pre: broadcom post: later',
    'softdep nfsv4 post: nfsd',
    'softdep lib_phy pre: tg3',
    'softdep sunrpc pre: unknown',
    'unrelated line',
  ].join('\n');
  const index = parseModuleIndex(dep, '', softdep, 'kernel/fs/ext4/ext4.ko\n');

  test.for([
    ['sunrpc', ['sunrpc']],
    ['nfsv4', ['sunrpc', 'lockd', 'nfs', 'nfsv4']],
    ['lib-phy', ['broadcom', 'tg3', 'lib_phy']],
    ['broadcom', ['tg3', 'lib_phy', 'broadcom']],
    ['ext4', []],
    ['unknown', []],
    ['c', ['c']],
  ] as const)('%s comes after what it needs and wants', ([name, order]) => {
    expect(loadOrder(index, name)).toEqual(order);
  });

  test('a circle has an end', () => {
    expect(loadOrder(index, 'a').toSorted()).toEqual(['a', 'b']);
    expect([...requiredFor(index, 'a')].toSorted()).toEqual(['a', 'b']);
  });

  test('what is only wanted may fail', () => {
    expect(loadOrder(index, 'tg3')).toContain('broadcom');
    expect([...requiredFor(index, 'tg3')]).toEqual(['tg3', 'lib_phy']);
  });

  test('built-in modules are known, and not loaded', () => {
    expect(index.builtin.has('ext4')).toBe(true);
    expect(index.modules.has('ext4')).toBe(false);
  });
});

describe('what a device asks for', () => {
  const alias = [
    '# Aliases extracted from modules themselves.',
    'alias virtio:d00000001v* virtio_net',
    'alias pci:v00008086d0000100Esv*sd*bc*sc*i* e1000',
    'alias pci:v00008086d0000100Esv*sd*bc*sc*i* e1000-twin',
    'alias pci:v00008086d0000100Esv*sd*bc*sc*i* e1000',
    'alias usb:v0BDAp815[23]d* r8152',
    'alias usb:v0BDAp81[!5]?d* other',
    'alias cpu:type:x86,ven0000fam*mod*:feature:*00C0* aes',
    'alias of:N*T*Cvendor,dev.ice(1)C* exact',
    'alias fs-nfs4 nfsv4',
    'symbol:x y',
  ].join('\n');
  const index = parseModuleIndex('', alias, '');

  test.for([
    ['virtio:d00000001v00001AF4', ['virtio_net']],
    ['virtio:d00000002v00001AF4', []],
    ['pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00', ['e1000', 'e1000_twin']],
    ['usb:v0BDAp8152d2000dc00', ['r8152']],
    ['usb:v0BDAp8154d2000dc00', []],
    ['usb:v0BDAp8161d2000dc00', ['other']],
    ['cpu:type:x86,ven0000fam0006mod008F:feature:,0081,00C0,00C1,', ['aes']],
    ['of:NaT(null)Cvendor,dev.ice(1)Cx', ['exact']],
    ['of:NaT(null)Cvendor,dev-ice(1)Cx', []],
    ['fs-nfs4', ['nfsv4']],
    ['fs-nfs', []],
    ['', []],
  ] as const)('%s', ([modalias, modules]) => {
    expect(modulesFor(index, modalias)).toEqual(modules);
  });
});
