import type { BootEntry } from './ipxe.ts';

/** The pxelinux configuration of a node that boots an image; `IPAPPEND 2` makes it add BOOTIF. */
export function renderPxelinux({ state, image, kernelArguments }: BootEntry): string {
  const directory = `xcat/osimage/${image}`;
  return `#${state}
DEFAULT xCAT
LABEL xCAT
 KERNEL ${directory}/kernel
 APPEND initrd=${directory}/initrd-statelite.gz ${kernelArguments.join(' ')}
  IPAPPEND 2
`;
}

/** The configuration of a node that is to boot from its disk. */
export function renderPxelinuxLocal(state: 'boot' | 'offline'): string {
  return `#${state}
DEFAULT xCAT
LABEL xCAT
 LOCALBOOT 0
`;
}
