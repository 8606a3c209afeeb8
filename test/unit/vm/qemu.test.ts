import { describe, expect, test } from 'vitest';
import { qemuArgv, shellWord, type MachineSpec, type Start } from '../../../vm/qemu.ts';

const machine = (start: Start): MachineSpec => ({
  name: 'cn01',
  arch: 'x86_64',
  accel: 'tcg',
  memory: 1024,
  start,
  nic: { tap: 'tap0', mac: '52:54:00:77:00:01' },
  sockets: { console: '/lab/cn01/console', qmp: '/lab/cn01/qmp' },
});
const direct = { kernel: '/k/vmlinuz', initrd: '/k/initramfs', append: 'console=ttyS0 quiet' };

/** The value behind an option, of which there is one. */
function valueOf(argv: readonly string[], option: string): string | undefined {
  expect(argv.filter((word) => word === option)).toHaveLength(1);
  return argv[argv.indexOf(option) + 1];
}

describe('the QEMU command line', () => {
  test('has one processor, the memory and the acceleration of the machine', () => {
    const argv = qemuArgv(machine({ kind: 'built-in' }));
    expect(argv[0]).toBe('qemu-system-x86_64');
    expect(valueOf(argv, '-smp')).toBe('1');
    expect(valueOf(argv, '-cpu')).toBe('max');
    expect(valueOf(argv, '-m')).toBe('1024');
    expect(valueOf(argv, '-accel')).toBe('tcg,thread=multi');
    expect(valueOf(qemuArgv({ ...machine({ kind: 'built-in' }), accel: 'kvm' }), '-accel')).toBe(
      'kvm',
    );
  });

  test('connects the NIC to its tap and nothing else to a network', () => {
    const argv = qemuArgv(machine({ kind: 'built-in' }));
    expect(valueOf(argv, '-netdev')).toBe('tap,id=net0,ifname=tap0,script=no,downscript=no');
    expect(argv).toContain('-nodefaults');
  });

  test('waits for a reader of the console before the guest runs', () => {
    expect(qemuArgv(machine({ kind: 'built-in' }))).toContain(
      'socket,id=console,path=/lab/cn01/console,server=on,wait=on',
    );
  });

  test('doubles a comma in a path, which would end it', () => {
    const spec = machine({ kind: 'built-in' });
    const argv = qemuArgv({ ...spec, sockets: { ...spec.sockets, qmp: '/a,b/qmp' } });
    expect(argv).toContain('socket,id=qmp,path=/a,,b/qmp,server=on,wait=off');
  });

  test('of a BIOS boot starts from the NIC with its ROM', () => {
    expect(valueOf(qemuArgv(machine({ kind: 'built-in' })), '-device')).toBe(
      'virtio-net-pci,netdev=net0,mac=52:54:00:77:00:01,bootindex=1',
    );
  });

  test('of a UEFI boot has the firmware read-only and the variables its own', () => {
    const argv = qemuArgv(machine({ kind: 'uefi', variables: '/lab/cn01/vars.fd', by: 'pxe' }));
    expect(argv.filter((word) => word.startsWith('if=pflash'))).toEqual([
      'if=pflash,format=raw,unit=0,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd',
      'if=pflash,format=raw,unit=1,file=/lab/cn01/vars.fd',
    ]);
  });

  test('of a UEFI boot by HTTP says that there is no PXE, which would come first', () => {
    const uefi = { kind: 'uefi', variables: '/v' } as const;
    const off = 'name=opt/org.tianocore/IPv4PXESupport,string=n';
    expect(qemuArgv(machine({ ...uefi, by: 'http' }))).toContain(off);
    expect(qemuArgv(machine({ ...uefi, by: 'pxe' }))).not.toContain(off);
  });

  test("of UEFI leaves the NIC's ROM out: the firmware loads what DHCP names", () => {
    const argv = qemuArgv(machine({ kind: 'uefi', variables: '/v', by: 'pxe' }));
    expect(valueOf(argv, '-device')).toMatch(/,romfile=,bootindex=1$/);
  });

  test('of an aarch64 machine has its board, a small processor and its firmware', () => {
    const argv = qemuArgv({
      ...machine({ kind: 'uefi', variables: '/v', by: 'pxe' }),
      arch: 'aarch64',
    });
    expect(argv[0]).toBe('qemu-system-aarch64');
    expect(valueOf(argv, '-M')).toBe('virt');
    expect(valueOf(argv, '-cpu')).toBe('cortex-a57');
    expect(argv).toContain(
      'if=pflash,format=raw,unit=0,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd',
    );
  });

  test('of a ppc64le machine has the firmware and the NIC of its board, without a ROM', () => {
    const argv = qemuArgv({ ...machine({ kind: 'built-in' }), arch: 'ppc64le' });
    expect(argv[0]).toBe('qemu-system-ppc64');
    expect(valueOf(argv, '-M')).toMatch(/^pseries,/);
    expect(valueOf(argv, '-device')).toBe(
      'spapr-vlan,netdev=net0,mac=52:54:00:77:00:01,bootindex=1',
    );
    expect(argv).not.toContain('-drive');
    expect(() =>
      qemuArgv({ ...machine({ kind: 'uefi', variables: '/v', by: 'pxe' }), arch: 'ppc64le' }),
    ).toThrow(/no UEFI for ppc64le/);
  });

  test('of a direct boot hands over the kernel and leaves the ROM out', () => {
    const argv = qemuArgv(machine({ kind: 'direct', ...direct }));
    expect(valueOf(argv, '-kernel')).toBe('/k/vmlinuz');
    expect(valueOf(argv, '-initrd')).toBe('/k/initramfs');
    expect(valueOf(argv, '-append')).toBe('console=ttyS0 quiet');
    expect(valueOf(argv, '-device')).toMatch(/,romfile=$/);
  });

  test('of a resumed machine is the one it was saved with, and the state', () => {
    const saved = qemuArgv(machine({ kind: 'direct', ...direct }));
    const resumed = qemuArgv(machine({ kind: 'resume', state: "/c/it's", ...direct }));
    expect(resumed).toEqual([...saved, '-incoming', `exec:zstd -dc '/c/it'\\''s'`]);
  });
});

test('a word for the shell behind exec: is one word', () => {
  expect(shellWord('/tmp/a b; $(id)')).toBe(`'/tmp/a b; $(id)'`);
});
