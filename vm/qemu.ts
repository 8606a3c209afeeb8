import type { Accel } from './accel.ts';
import { architectures, type ArchitectureName } from './architectures.ts';

/** What the machine starts: its firmware from the network, a kernel handed over, or a saved state. */
export type Start =
  /** QEMU's own firmware: SeaBIOS, SLOF. */
  | { readonly kind: 'built-in' }
  | { readonly kind: 'uefi'; readonly variables: string; readonly by: 'pxe' | 'http' }
  | ({ readonly kind: 'direct' } & DirectKernel)
  | ({ readonly kind: 'resume'; readonly state: string } & DirectKernel);

/** What QEMU loads itself, past any firmware. */
export interface DirectKernel {
  readonly kernel: string;
  readonly initrd: string;
  readonly append: string;
}

/** A machine as data. Paths are absolute. */
export interface MachineSpec {
  readonly name: string;
  readonly arch: ArchitectureName;
  readonly accel: Accel;
  /** MiB. */
  readonly memory: number;
  readonly start: Start;
  readonly nic: { readonly tap: string; readonly mac: string };
  /** A raw image as the first virtio disk, /dev/vda. */
  readonly disk?: string | undefined;
  /** Unix sockets QEMU listens on; it starts the guest once the console has a reader. */
  readonly sockets: { readonly console: string; readonly qmp: string };
}

/** The QEMU command line. One virtual CPU: a second one only costs time under TCG. */
export function qemuArgv(spec: MachineSpec): string[] {
  const { name, arch, accel, memory, nic, sockets, start, disk } = spec;
  const { program, board, processor } = architectures[arch];
  return [
    [program, '-name', optionValue(name)],
    ['-M', board, '-cpu', processor, '-smp', '1', '-m', `${memory}`],
    ['-accel', accel === 'tcg' ? 'tcg,thread=multi' : accel],
    // -nographic, not -display none: SeaBIOS and iPXE then talk to the serial port too.
    ['-nographic', '-nodefaults', '-no-user-config', '-monitor', 'none'],
    ['-chardev', `socket,id=qmp,path=${optionValue(sockets.qmp)},server=on,wait=off`],
    ['-mon', 'chardev=qmp,mode=control'],
    ['-chardev', `socket,id=console,path=${optionValue(sockets.console)},server=on,wait=on`],
    ['-serial', 'chardev:console'],
    ['-netdev', `tap,id=net0,ifname=${nic.tap},script=no,downscript=no`],
    ['-device', nicDevice(spec)],
    disk === undefined ? [] : diskOptions(disk),
    startOptions(start, arch),
  ].flat();
}

function diskOptions(disk: string): string[] {
  const drive = `if=none,id=disk0,format=raw,file=${optionValue(disk)}`;
  return ['-drive', drive, '-device', 'virtio-blk-pci,drive=disk0'];
}

/**
 * UEFI has a driver of its own, and the ROM would bring iPXE before the loader that DHCP names. A
 * direct boot has no use for either; a resumed machine must have the devices it was saved with.
 */
function nicDevice({ arch, nic, start }: MachineSpec): string {
  const { model, withoutRom } = architectures[arch].nic;
  const rom = start.kind === 'built-in' ? '' : withoutRom;
  const order = start.kind === 'built-in' || start.kind === 'uefi' ? ',bootindex=1' : '';
  return `${model},netdev=net0,mac=${nic.mac}${rom}${order}`;
}

function startOptions(start: Start, arch: ArchitectureName): string[] {
  switch (start.kind) {
    case 'built-in':
      return [];
    case 'uefi': {
      const { uefi } = architectures[arch];
      if (uefi === undefined) throw new Error(`there is no UEFI for ${arch}`);
      const variables = optionValue(start.variables);
      return [
        ['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${uefi.code}`],
        ['-drive', `if=pflash,format=raw,unit=1,file=${variables}`],
        start.by === 'http' ? withoutPxe : [],
      ].flat();
    }
    case 'direct':
      return directOptions(start);
    case 'resume':
      return [...directOptions(start), '-incoming', `exec:zstd -dc ${shellWord(start.state)}`];
  }
}

/** UEFI tries HTTP only after PXE has failed, unless it is told that there is no PXE. */
const withoutPxe = ['IPv4', 'IPv6'].flatMap((version) => [
  '-fw_cfg',
  `name=opt/org.tianocore/${version}PXESupport,string=n`,
]);

function directOptions({ kernel, initrd, append }: DirectKernel): string[] {
  return ['-kernel', kernel, '-initrd', initrd, '-append', append];
}

/** QEMU runs `exec:` through a shell, the only place where one sees a path of ours. */
export function shellWord(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}

/** In an option list a comma of the value is written twice. */
function optionValue(value: string): string {
  return value.replaceAll(',', ',,');
}
