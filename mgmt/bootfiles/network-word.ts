import { type Sourced, word } from './sourced.ts';

const literalMac = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

/**
 * `netdev=` or `BOOTIF=` as stock chooses (reference 5.3): installnic, else primarynic. A MAC there
 * is the boot interface; `mac` or nothing leaves it to linuximage.nodebootif, then to `bootif`, which
 * is for loaders that do not add the word.
 */
export function networkWord(
  values: Readonly<Record<'installnic' | 'primarynic' | 'nodebootif', Sourced>> & {
    readonly bootif?: string | undefined;
  },
): string[] {
  const nic = values.installnic.text === '' ? values.primarynic : values.installnic;
  if (literalMac.test(nic.text)) return [`BOOTIF=${nic.text}`];
  const named = nic.text === '' || nic.text === 'mac' ? values.nodebootif : nic;
  if (named.text !== '') return [`netdev=${word(named)}`];
  return values.bootif === undefined ? [] : [`BOOTIF=${values.bootif}`];
}
