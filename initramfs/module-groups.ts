/** Modules that are there for one reason. */
export interface ModuleGroup {
  readonly why: string;
  /** A kernel that has one of these neither as a module nor built in cannot boot a node. */
  readonly needed?: readonly string[];
  /** Taken if the kernel has them. */
  readonly names?: readonly string[];
  /** Taken if they are in this directory of the kernel's, or of a vendor's sources. */
  readonly directory?: string;
  /** Of those, not taken: beginnings of the path below the directory. */
  readonly except?: readonly string[];
}

/**
 * Network drivers left out, by the beginning of their path, so that the initramfs of a
 * distribution's generic kernel stays below 40 MB; osimage netdrivers brings one back.
 */
// oxfmt-ignore
const rareNetworkDrivers: readonly string[] = [
  // no network cards: switch chips, and an engine on top of a card
  'mellanox/mlxsw/', 'marvell/prestera/', 'broadcom/cnic.',
  // large drivers of cards that few clusters boot from
  'brocade/', 'cavium/', 'chelsio/', 'huawei/', 'netronome/', 'qlogic/', 'sfc/',
  // functions that a host hands to a guest, except those that clouds are made of
  'intel/igbvf/',
  // server cards out of sale for fifteen years, and other machines than PCs
  'alteon/', 'intel/ixgb/', 'myricom/', 'neterion/', 'sun/', 'tehuti/',
  // on the boards of desktops, laptops and small devices
  'amd/amd8111e.', 'amd/xgbe/', 'aquantia/', 'atheros/', 'broadcom/b44.', 'jme.', 'marvell/sk',
  'micrel/', 'microchip/', 'nvidia/', 'stmicro/',
  // PCMCIA, and cards of the 1990s that no virtual machine imitates
  '3com/', '8390/axnet_cs', '8390/pcnet_cs', 'adaptec/', 'agere/', 'amd/nmclan_cs',
  'dec/tulip/de', 'dec/tulip/dm', 'dec/tulip/uli', 'dec/tulip/win', 'dec/tulip/xir',
  'dlink/', 'fealnx.', 'fujitsu/', 'natsemi/', 'packetengines/', 'rdc/', 'silan/', 'sis/', 'smsc/',
  'ti/', 'via/', 'xircom/',
];

/** Every reason for a kernel module; a module is shown with the first one it is needed for. */
export const moduleGroups: readonly ModuleGroup[] = [
  {
    why: 'the NFS client',
    needed: ['nfs', 'nfsv3', 'nfsv4'],
  },
  {
    why: 'virtual machines: buses and network cards',
    names: [
      'virtio',
      'virtio_pci',
      'virtio_mmio',
      'virtio_net',
      'vmxnet3',
      'hv_vmbus',
      'hv_netvsc',
      'pci_hyperv',
      'xen_netfront',
    ],
  },
  {
    why: 'network cards',
    directory: '/drivers/net/ethernet/',
    except: rareNetworkDrivers,
  },
  {
    why: 'the network, where it is not built in',
    names: ['af_packet', 'ipv6'],
  },
  {
    why: 'merged and packed directories',
    names: ['overlay', 'squashfs', 'loop'],
  },
  {
    why: 'file systems of local disks',
    names: ['ext4', 'xfs', 'vfat'],
  },
  {
    why: 'local disks',
    names: [
      'virtio_blk',
      'virtio_scsi',
      'nvme',
      'ahci',
      'ata_piix',
      'sd_mod',
      'megaraid_sas',
      'mpt3sas',
      'vmw_pvscsi',
      'hv_storvsc',
      'xen_blkfront',
    ],
  },
];

/**
 * What a module asks modprobe(8) for while it starts. The initramfs has none, so these are loaded
 * before it, as its soft dependencies.
 */
export const askedFor: Readonly<Record<string, readonly string[]>> = {
  tg3: ['broadcom'],
  vfat: ['nls_cp437', 'nls_ascii', 'nls_iso8859_1', 'nls_utf8'],
};

/**
 * Modules that have the device's alias, but whose users need another one on top. The other one
 * gets the alias instead; it depends on the first.
 */
export const standsFor: Readonly<Record<string, string>> = { mlx4_core: 'mlx4_en' };
