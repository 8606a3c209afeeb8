import type { Accel } from './accel.ts';

/** What the machine starts: its firmware from the network, a kernel handed over, or a saved state. */
export type Start =
  | { readonly kind: 'bios' }
  | { readonly kind: 'uefi'; readonly variables: string }
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

/** Debian's `ovmf` package; each UEFI machine gets its own copy of the variables. */
export const ovmf = {
  code: '/usr/share/OVMF/OVMF_CODE_4M.fd',
  variables: '/usr/share/OVMF/OVMF_VARS_4M.fd',
} as const;

/** The QEMU command line. One virtual CPU: a second one only costs time under TCG. */
export function qemuArgv(spec: MachineSpec): string[] {
  const { name, accel, memory, nic, sockets, start, disk } = spec;
  return [
    ['qemu-system-x86_64', '-name', optionValue(name)],
    ['-M', 'q35', '-cpu', 'max', '-smp', '1', '-m', `${memory}`],
    ['-accel', accel === 'tcg' ? 'tcg,thread=multi' : accel],
    // -nographic, not -display none: SeaBIOS and iPXE then talk to the serial port too.
    ['-nographic', '-nodefaults', '-no-user-config', '-monitor', 'none'],
    ['-chardev', `socket,id=qmp,path=${optionValue(sockets.qmp)},server=on,wait=off`],
    ['-mon', 'chardev=qmp,mode=control'],
    ['-chardev', `socket,id=console,path=${optionValue(sockets.console)},server=on,wait=on`],
    ['-serial', 'chardev:console'],
    ['-netdev', `tap,id=net0,ifname=${nic.tap},script=no,downscript=no`],
    ['-device', `virtio-net-pci,netdev=net0,mac=${nic.mac}${nicOptions(start)}`],
    disk === undefined ? [] : diskOptions(disk),
    startOptions(start),
  ].flat();
}

function diskOptions(disk: string): string[] {
  const drive = `if=none,id=disk0,format=raw,file=${optionValue(disk)}`;
  return ['-drive', drive, '-device', 'virtio-blk-pci,drive=disk0'];
}

/** A direct boot has no use for the NIC's iPXE ROM; a resumed one must have the same devices. */
function nicOptions(start: Start): string {
  return start.kind === 'bios' || start.kind === 'uefi' ? ',bootindex=1' : ',romfile=';
}

function startOptions(start: Start): string[] {
  switch (start.kind) {
    case 'bios':
      return [];
    case 'uefi': {
      const variables = optionValue(start.variables);
      return [
        ['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${ovmf.code}`],
        ['-drive', `if=pflash,format=raw,unit=1,file=${variables}`],
      ].flat();
    }
    case 'direct':
      return directOptions(start);
    case 'resume':
      return [...directOptions(start), '-incoming', `exec:zstd -dc ${shellWord(start.state)}`];
  }
}

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
