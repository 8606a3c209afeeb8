/** What a start of a machine depends on: its processor, hence its board, devices and firmware. */
export interface Architecture {
  readonly program: string;
  readonly board: string;
  readonly processor: string;
  readonly nic: {
    readonly model: string;
    /** Leaves the NIC's ROM out, which is iPXE for BIOS and UEFI of x86. */
    readonly withoutRom: string;
  };
  /** UEFI's files; each machine gets its own copy of the variables. */
  readonly uefi: { readonly code: string; readonly variables: string } | undefined;
  /** What a machine has unless a story says otherwise. */
  readonly firmware: Firmware;
}

/** `bios` and `slof` are in QEMU; `uefi` boots from the network by PXE, `uefi-http` by HTTP. */
export type Firmware = 'bios' | 'slof' | 'uefi' | 'uefi-http';

export type ArchitectureName = 'x86_64' | 'aarch64' | 'ppc64le';

/** By the names of osimage.osarch. */
export const architectures: Readonly<Record<ArchitectureName, Architecture>> = {
  x86_64: {
    program: 'qemu-system-x86_64',
    board: 'q35',
    processor: 'max',
    nic: { model: 'virtio-net-pci', withoutRom: ',romfile=' },
    uefi: {
      code: '/usr/share/OVMF/OVMF_CODE_4M.fd',
      variables: '/usr/share/OVMF/OVMF_VARS_4M.fd',
    },
    firmware: 'bios',
  },
  aarch64: {
    program: 'qemu-system-aarch64',
    board: 'virt',
    // "max" has features that cost an emulator time and a kernel does not ask for
    processor: 'cortex-a57',
    nic: { model: 'virtio-net-pci', withoutRom: ',romfile=' },
    uefi: {
      code: '/usr/share/AAVMF/AAVMF_CODE.fd',
      variables: '/usr/share/AAVMF/AAVMF_VARS.fd',
    },
    firmware: 'uefi',
  },
  ppc64le: {
    program: 'qemu-system-ppc64',
    // an emulator cannot promise what these are about, and QEMU refuses to start
    board: 'pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off',
    processor: 'power9',
    nic: { model: 'spapr-vlan', withoutRom: '' },
    uefi: undefined,
    firmware: 'slof',
  },
};

/** The only one that can run without emulation: the lab's probe for KVM is a program for it. */
export const nativeArchitecture = 'x86_64' satisfies ArchitectureName;
