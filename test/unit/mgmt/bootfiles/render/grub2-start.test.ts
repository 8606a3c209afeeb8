import { expect, test } from 'vitest';
import { renderGrub2Start } from '../../../../../mgmt/bootfiles/render/grub2-start.ts';

const lines = renderGrub2Start('efinet').split('\n');

test('GRUB of ours takes the MAC address apart, and asks for the name that nodeset writes', () => {
  const regexp = lines.find((line) => line.startsWith('regexp '));
  expect(regexp).toBe(
    'regexp --set 1:m1 --set 2:m2 --set 3:m3 --set 4:m4 --set 5:m5 --set 6:m6 ' +
      `'(..):(..):(..):(..):(..):(..)' "$net_default_mac"`,
  );
  expect(lines).toContain(
    '        configfile "$place/boot/grub2/grub.cfg-01-$m1-$m2-$m3-$m4-$m5-$m6"',
  );
});

test('it asks by TFTP first, by HTTP from where tftpdir is mapped, then goes back to the firmware', () => {
  expect(lines).toContain(
    'for place in "(tftp,$net_default_server)" "(http,$net_default_server)/tftpboot"; do',
  );
  // Whether a file is there can be asked only by its size: there are no directories to read.
  expect(lines).toContain(
    '    if [ -s "$place/boot/grub2/grub.cfg-01-$m1-$m2-$m3-$m4-$m5-$m6" ]; then',
  );
  expect(lines.slice(-3)).toEqual(['sleep 30', 'exit', '']);
});

test('it loads what reaches the network on its firmware', () => {
  expect(lines).toContain('insmod efinet');
  expect(renderGrub2Start('ofnet')).toContain('\ninsmod ofnet\n');
});
