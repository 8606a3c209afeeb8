/** Whether it can be the name of a NIC, or of an address of it. */
export function isNic(text: string): boolean {
  return /^[\w.:@-]{1,15}$/u.test(text);
}

/** The NIC of an address that has a label of its own, as `eth1:0`; servers know NICs only. */
export function withoutLabel(name: string): string {
  return name.replace(/:.*/su, '');
}
