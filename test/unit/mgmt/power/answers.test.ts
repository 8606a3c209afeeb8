import { describe, expect, test } from 'vitest';
import { bootSelector } from '../../../../mgmt/power/ipmi.ts';
import { domainWord } from '../../../../mgmt/power/libvirt.ts';
import { failure } from '../../../helpers/rows.ts';

const bootParameter = (valid: string, selector: string) => `Boot parameter version: 1
Boot parameter 5 is valid/unlocked
Boot parameter data: 8004000000
 Boot Flags :
   - Boot Flag ${valid}
   - Options apply to only next boot
   - BIOS PC Compatible (legacy) boot
   - Boot Device Selector : ${selector}
   - Console Redirection control : System Default
`;

describe('ipmitool chassis bootparam get 5', () => {
  test.for([
    ['Force PXE', 'Network'],
    ['Force Boot from default Hard-Drive', 'Hard Drive'],
    ['Force Boot from CD/DVD', 'CD/DVD'],
    ['No override', 'BIOS default'],
    ['Force Boot into BIOS Setup', 'Force Boot into BIOS Setup'],
  ] as const)('%s is "%s"', ([selector, word]) => {
    expect(bootSelector(bootParameter('Valid', selector))).toBe(word);
  });

  test('flags that are not valid override nothing', () => {
    expect(bootSelector(bootParameter('Invalid', 'Force PXE'))).toBe('boot override inactive');
  });

  test('something else is no answer', () => {
    expect(() => bootSelector('\u001B[2Jhello')).toThrow(
      failure('ERR_STATELITE_HARDWARE', String.raw`\u{1b}[2Jhello`),
    );
  });
});

describe('virsh domstate', () => {
  test.for([
    ['running\n\n', 'running'],
    ['in shutdown', 'in shutdown'],
    ['shut off\n', 'shut off'],
    ['crashed', 'crashed'],
  ] as const)('%j is "%s"', ([text, word]) => {
    expect(domainWord(text)).toBe(word);
  });

  test('something else is refused', () => {
    expect(() => domainWord('no state')).toThrow(failure('ERR_STATELITE_HARDWARE', 'no state'));
  });
});
