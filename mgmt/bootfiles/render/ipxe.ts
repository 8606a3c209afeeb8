import { StateliteError } from '../../../agent/errors.ts';
import { type BootEntry, payloadOf, tftpPrefix } from './entry.ts';

/** The iPXE script of a node that boots an image, for BIOS and, by `initrd=`, for UEFI firmware. */
export function renderIpxe(entry: BootEntry): string {
  const args = entry.kernelArguments.join(' ');
  if (args.includes('${')) {
    throw new StateliteError(
      'ERR_STATELITE_BOOTFILE',
      `iPXE would take "\${" in the kernel command line for a variable: ${args}`,
      { hint: 'write the value itself, or boot the node with noderes.netboot=pxe' },
    );
  }
  const port = entry.httpPort === 80 ? '' : `:${entry.httpPort}`;
  const base = `http://\${next-server}${port}${tftpPrefix}`;
  const { kernel, initramfs } = payloadOf(entry);
  return `#!gpxe
#${entry.state}
imgfetch -n kernel ${base}/${kernel}
imgload kernel
imgargs kernel initrd=initrd ${args} BOOTIF=01-\${netX/mac:hexhyp}
imgfetch -n initrd ${base}/${initramfs}
imgexec kernel
`;
}

/** The iPXE script of a node that is to boot from its disk. */
export function renderIpxeLocal(): string {
  return '#!gpxe\n#boot\nexit\n';
}
