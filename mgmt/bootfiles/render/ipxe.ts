import { type BootEntry, commentOf, payloadOf, refuseWords, tftpPrefix } from './entry.ts';

/** The iPXE script of a node that boots an image, for BIOS and, by `initrd=`, for UEFI firmware. */
export function renderIpxe(entry: BootEntry): string {
  const args = entry.kernelArguments.join(' ');
  refuseWords(entry.kernelArguments, / {2}/u, 'iPXE'); // it makes one of them
  // A variable, the start of a comment, the end of a command: iPXE knows no quotes.
  refuseWords(args.split(/\s+/u), /\$\{|^#|^(?:\|\||&&|;)$/u, 'iPXE');
  const port = entry.httpPort === 80 ? '' : `:${entry.httpPort}`;
  const base = `http://\${next-server}${port}${tftpPrefix}`;
  const { kernel, initramfs } = payloadOf(entry);
  return `#!gpxe
${commentOf(entry)}
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
