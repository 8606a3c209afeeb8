import { type Sourced, word } from './sourced.ts';

const literalMac = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

/**
 * `netdev=` or `BOOTIF=` as stock chooses (reference 5.3): installnic, else primarynic. A MAC there
 * is the boot interface; `mac` or nothing leaves it to the boot loader, or to linuximage.nodebootif.
 */
export function networkWord(
  values: Readonly<Record<'installnic' | 'primarynic' | 'nodebootif', Sourced>>,
): string[] {
  const nic = values.installnic.text === '' ? values.primarynic : values.installnic;
  if (literalMac.test(nic.text)) return [`BOOTIF=${nic.text}`];
  const named = nic.text === '' || nic.text === 'mac' ? values.nodebootif : nic;
  return named.text === '' ? [] : [`netdev=${word(named)}`];
}
