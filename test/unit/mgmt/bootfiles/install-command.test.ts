import { expect, test } from 'vitest';
import { aptCommand } from '../../../../mgmt/bootfiles/install-command.ts';

const grub = { deb: ['grub-common', 'grub-efi-arm64-bin'], debArchitecture: 'arm64', rpm: [] };

test("GRUB's modules for other firmware are a package of another architecture", () => {
  expect(aptCommand(grub, 'amd64')).toBe(
    'dpkg --add-architecture arm64 && apt-get update && apt-get install grub-common grub-efi-arm64-bin:arm64',
  );
});

test.for([
  [grub, 'arm64', 'apt-get install grub-common grub-efi-arm64-bin'],
  [{ deb: ['ipxe'], rpm: [] }, 'amd64', 'apt-get install ipxe'],
  [{ deb: ['ipxe'], rpm: [] }, undefined, 'apt-get install ipxe'],
] as const)('what this machine can have as it is needs no more', ([packages, here, command]) => {
  expect(aptCommand(packages, here)).toBe(command);
});
