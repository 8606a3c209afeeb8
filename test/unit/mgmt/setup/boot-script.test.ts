import { expect, test } from 'vitest';
import { bootUrl, renderBootScript } from '../../../../mgmt/setup/boot-script.ts';
import { marker } from '../../../../mgmt/setup/seal.ts';

test('the script goes on to the one that nodeset wrote for the name DHCP gave, on the server that it came from', () => {
  const lines = renderBootScript().split('\n');
  expect(lines.slice(0, 2)).toEqual(['#!ipxe', `# ${marker}`]);
  expect(lines).toContain('chain xcat/xnba/nodes/${hostname} || goto failed');
});

test('a port other than 80 is part of the URL', () => {
  expect(bootUrl('10.77.0.1', 8080)).toBe('http://10.77.0.1:8080/tftpboot');
});
