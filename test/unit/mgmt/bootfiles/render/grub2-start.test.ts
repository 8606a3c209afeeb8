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

test('what it learns from DHCP itself has the names that boot files use', () => {
  for (const [nic, card] of [
    ['efinet', 'efinet0'],
    ['ofnet', 'ofnet_net'],
  ] as const) {
    const text = renderGrub2Start(nic);
    expect(text).toMatch(new RegExp(`\n    for card in (?:\\S+ )*${card}(?: \\S+)*; do\n`, 'u'));
    expect(text).toContain('eval "set server=\\$net_${card}_dhcp_next_server"');
    expect(text).toContain('set net_default_interface=${card}_dhcp');
    expect(text).toContain('set net_default_server=$server');
    // configfile has variables of its own
    expect(text).toContain('export net_default_interface');
  }
});

test('a card that it overlooks is looked for again', () => {
  const text = renderGrub2Start('ofnet');
  expect(text.indexOf('if net_bootp; then')).toBeLessThan(text.indexOf('rmmod ofnet'));
  expect(text.indexOf('rmmod ofnet')).toBeLessThan(text.lastIndexOf('insmod ofnet'));
});
