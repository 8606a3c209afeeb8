import { type BootEntry, bracketed, commentOf, payloadOf, quotable, tftpPrefix } from './entry.ts';

/** The petitboot configuration of a node that boots an image; petitboot adds nothing to its arguments. */
export function renderPetitboot(entry: BootEntry): string {
  const { kernel, initramfs } = payloadOf(entry);
  const base = `http://${bracketed(entry.server)}:${entry.httpPort}${tftpPrefix}`;
  return `${commentOf(entry)}
default xCAT
label xCAT
\tkernel ${base}/${kernel}
\tinitrd ${base}/${initramfs}
\tappend "${quotable(entry, 'petitboot')}"
`;
}

/** The configuration of a node that is to boot from its disk: without an entry petitboot has its own. */
export function renderPetitbootLocal(): string {
  return '#boot\n';
}
