import {
  type BootEntry,
  bracketed,
  commentOf,
  payloadOf,
  refuseWords,
  tftpPrefix,
} from './entry.ts';

/** noderes.netboot is grub2, grub2-tftp or grub2-http. */
export type GrubProtocol = 'tftp' | 'http';

/**
 * The GRUB configuration of a node that boots an image, for each firmware: `linux` and `initrd` are
 * known to every GRUB, `linuxefi` of older xCAT is not.
 */
export function renderGrub2(entry: BootEntry, protocol: GrubProtocol): string {
  const { kernel, initramfs } = payloadOf(entry);
  const base = protocol === 'http' ? tftpPrefix : '';
  const unquoted = entry.kernelArguments.map(withoutQuotes);
  refuseWords(unquoted, /['"\\]/u, 'grub');
  const words = unquoted.map(quoted).join(' ');
  return `${commentOf(entry)}
set timeout=5
set default="xCAT OS Deployment"
menuentry "xCAT OS Deployment" {
    insmod http
    insmod tftp
    set root=${rootOf(entry, protocol)}
    echo Loading Install kernel ...
    linux ${base}/${kernel} ${words} BOOTIF=$net_default_mac
    echo Loading initial ramdisk ...
    initrd ${base}/${initramfs}
}
`;
}

/** The configuration of a node that is to boot from its disk: the firmware's next device. */
export function renderGrub2Local(): string {
  return '#boot\nset timeout=5\nexit\n';
}

/** GRUB up to 2.06 knows port 80 only, later ones take the port behind a comma. */
function rootOf({ server, httpPort }: BootEntry, protocol: GrubProtocol): string {
  const port = protocol === 'http' && httpPort !== 80 ? `,${httpPort}` : '';
  return `${protocol},${bracketed(server)}${port}`;
}

/** GRUB puts a word with blanks into double quotes of its own, which mean the same to the kernel. */
function withoutQuotes(word: string): string {
  return word.replace(/^([^"=]*=)?"([^"]*)"$/u, '$1$2');
}

/** Variables, patterns and the ends of commands mean something to GRUB's shell. */
function quoted(word: string): string {
  return /^[\w=:,./@%+~-]*$/u.test(word) ? word : `'${word}'`;
}
