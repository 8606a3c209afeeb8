import { type BootEntry, commentOf, payloadOf, quotable } from './entry.ts';

/** The yaboot configuration of a node that boots an image; yaboot adds nothing to its arguments. */
export function renderYaboot(entry: BootEntry): string {
  const { kernel, initramfs } = payloadOf(entry);
  return `${commentOf(entry)}
timeout=5
image=${kernel}
\tlabel=xcat
\tinitrd=${initramfs}
\tappend="${quotable(entry, 'yaboot')} "
`;
}

/** The configuration of a node that is to boot from its disk. */
export function renderYabootLocal(state: 'boot' | 'offline'): string {
  return `#${state}\ntimeout=5\nbye\n`;
}
