import { type BootEntry, commentOf, payloadOf } from './entry.ts';

/** The pxelinux configuration of a node that boots an image; `IPAPPEND 2` makes it add BOOTIF. */
export function renderPxelinux(entry: BootEntry): string {
  const { kernel, initramfs } = payloadOf(entry);
  return `${commentOf(entry)}
DEFAULT xCAT
LABEL xCAT
 KERNEL ${kernel}
 APPEND initrd=${initramfs} ${entry.kernelArguments.join(' ')}
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
