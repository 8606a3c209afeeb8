import type { Loader } from '../layout.ts';
import { payloadOf, tftpPrefix } from './entry.ts';

/** As long as the address of any Ethernet NIC. */
const anyMac = '52:54:00:00:00:00';

/** What a boot loader itself puts around the words of the kernel command line of an image. */
export function loaderWords(loader: Loader, image: string): string[] {
  const { kernel, initramfs } = payloadOf({ image });
  const byType = `BOOTIF=01-${anyMac}`;
  switch (loader) {
    case 'xnba':
      return ['initrd=initrd', byType];
    case 'pxe':
      return [`BOOT_IMAGE=${kernel}`, `initrd=${initramfs}`, byType];
    case 'grub2':
      return [`BOOT_IMAGE=/${kernel}`, `BOOTIF=${anyMac}`];
    case 'grub2-http':
      return [`BOOT_IMAGE=${tftpPrefix}/${kernel}`, `BOOTIF=${anyMac}`];
    case 'yaboot':
    case 'petitboot':
      return [];
  }
}
