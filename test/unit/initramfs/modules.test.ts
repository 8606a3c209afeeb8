import { describe, expect, test } from 'vitest';
import { loadOrder, modulesFor, parseModuleIndex } from '../../../agent/machine/module-index.ts';
import { type ModuleGroup, moduleGroups } from '../../../initramfs/module-groups.ts';
import { parseModuleTables } from '../../../initramfs/module-tables.ts';
import { renderModuleTables, selectModules } from '../../../initramfs/modules.ts';

const tables = parseModuleTables({
  dep: `
kernel/fs/nfs/nfs.ko: kernel/net/sunrpc/sunrpc.ko
kernel/net/sunrpc/sunrpc.ko:
kernel/fs/ext4/ext4.ko.xz: kernel/fs/jbd2/jbd2.ko.xz
kernel/fs/jbd2/jbd2.ko.xz:
kernel/crypto/crc32c_generic.ko:
kernel/arch/x86/crypto/crc32c-intel.ko:
kernel/drivers/net/ethernet/broadcom/tg3.ko: kernel/drivers/net/phy/libphy.ko
kernel/drivers/net/ethernet/sun/niu.ko:
kernel/drivers/net/ethernet/mellanox/mlx4/mlx4_core.ko:
kernel/drivers/net/ethernet/mellanox/mlx4/mlx4_en.ko: kernel/drivers/net/ethernet/mellanox/mlx4/mlx4_core.ko
extra/vendor/drivers/net/ethernet/vendor/fast-nic.ko:
kernel/drivers/net/phy/libphy.ko:
kernel/drivers/net/phy/broadcom.ko: kernel/drivers/net/phy/libphy.ko
kernel/sound/snd.ko:
`,
  alias: `
alias crypto-crc32c crc32c_generic
alias crypto-crc32c crc32c_intel
alias pci:v000014E4d00001659* tg3
alias pci:v000015B3d00001003* mlx4_core
alias pci:v0000F00Fd* snd
`,
  softdep: 'softdep ext4 pre: crypto-crc32c\nsoftdep nfs pre: gone\n',
  builtin: 'kernel/fs/xfs/xfs.ko\nkernel/fs/nfs/nfsv4.ko\n',
});
const network: ModuleGroup = {
  why: 'network cards',
  directory: '/drivers/net/ethernet/',
  except: ['sun/'],
};
const select = (groups: readonly ModuleGroup[], drivers: readonly string[] = []) =>
  selectModules(tables, drivers, groups);
const names = (...args: Parameters<typeof select>) => select(...args).map(({ name }) => name);
const index = (...args: Parameters<typeof select>) => {
  const rendered = renderModuleTables(select(...args), tables);
  const { 'modules.dep': dep, 'modules.alias': alias, 'modules.softdep': softdep } = rendered;
  return { ...rendered, index: parseModuleIndex(dep, alias, softdep) };
};

describe('the modules of an initramfs', () => {
  test('a module brings what it needs, for its reason', () => {
    expect(select([{ why: 'NFS', needed: ['nfs'] }]).map(({ name, why }) => [name, why])).toEqual([
      ['nfs', 'NFS'],
      ['sunrpc', 'NFS'],
    ]);
  });

  test('a module that two groups need has the reason of the first', () => {
    const groups = [network, { why: 'cables', names: ['broadcom'] }];
    const libphy = select(groups).find(({ name }) => name === 'libphy');
    expect(libphy?.why).toBe('network cards');
  });

  test('a soft dependency is found by its alias; the version for some CPUs is left out', () => {
    expect(names([{ why: 'disks', names: ['ext4'] }])).toEqual(['crc32c_generic', 'ext4', 'jbd2']);
  });

  test("a directory of drivers counts in a vendor's tree too, without its exceptions", () => {
    const found = names([network]);
    expect(found).toContain('fast_nic');
    expect(found).not.toContain('niu');
    expect(found).not.toContain('snd');
  });

  test('a driver that asks modprobe for another has it loaded before', () => {
    expect(select([network]).find(({ name }) => name === 'tg3')?.soft).toEqual(['broadcom']);
  });

  test('an optional module that the kernel does not have is left out', () => {
    expect(names([{ why: 'disks', names: ['xfs', 'btrfs'] }])).toEqual([]);
  });

  test('a needed one may be built in, but not be missing', () => {
    expect(names([{ why: 'NFS', needed: ['nfsv4'] }])).toEqual([]);
    expect(() => names([{ why: 'NFS', needed: ['nfsv3'] }])).toThrow(
      'the kernel has no module for nfsv3',
    );
  });

  test.for(['niu', 'niu.ko', 'fast-nic', 'fast_nic.ko'])(
    'the driver %s can be asked for',
    (driver) => {
      const [found] = select([], [driver]);
      expect(found?.why).toBe(`asked for: ${found?.name}`);
    },
  );

  test('a driver that is asked for and not there is named', () => {
    expect(() => names([], ['mlx_en'])).toThrow('the kernel has no module for the driver mlx_en');
    expect(names([], ['xfs'])).toEqual([]); // built in
  });
});

describe('the metadata the agent loads them by', () => {
  test('is of shipped modules only, with uncompressed names', () => {
    const rendered = index([{ why: 'disks', names: ['ext4'] }]);
    expect(rendered['modules.dep']).toBe(
      'kernel/crypto/crc32c_generic.ko:\n' +
        'kernel/fs/ext4/ext4.ko: kernel/fs/jbd2/jbd2.ko\n' +
        'kernel/fs/jbd2/jbd2.ko:\n',
    );
    expect(rendered['modules.alias']).toBe('alias crypto-crc32c crc32c_generic\n');
    expect(rendered['modules.softdep']).toBe('softdep ext4 pre: crc32c_generic\n');
    expect(rendered['modules.builtin']).toBe('kernel/fs/xfs/xfs.ko\nkernel/fs/nfs/nfsv4.ko\n');
  });

  test('the agent finds the order of loading in it', () => {
    const { index: read } = index([network, { why: 'disks', names: ['ext4'] }]);
    expect(loadOrder(read, 'ext4')).toEqual(['crc32c_generic', 'jbd2', 'ext4']);
    expect(loadOrder(read, 'tg3')).toEqual(['libphy', 'broadcom', 'tg3']);
  });

  test('a card with two modules gets the upper one, which brings the lower one', () => {
    const { index: read } = index([network]);
    const found = modulesFor(read, 'pci:v000015B3d00001003sv0');
    expect(found).toEqual(['mlx4_en']);
    expect(loadOrder(read, found[0] ?? '')).toEqual(['mlx4_core', 'mlx4_en']);
  });
});

test('the groups hold what a node cannot boot without', () => {
  expect(moduleGroups.flatMap(({ needed = [] }) => needed)).toEqual(['nfs', 'nfsv3', 'nfsv4']);
});
