import { expect, test } from 'vitest';
import { packageProgress } from '../../../../../mgmt/image/genimage/package-progress.ts';

test("mmdebstrap's output becomes words on how far it is", () => {
  const words = packageProgress();
  const lines = [
    'I: running apt-get update...',
    '0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.',
    'Get:1 http://deb.debian.org/debian bookworm/main amd64 dash amd64 0.5.12 [97 kB]',
    'Unpacking dash (0.5.12) ...',
    'Setting up dash (0.5.12) ...',
    '0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.',
    'Setting up udev (252) ...',
  ];
  expect(lines.map(words)).toEqual([
    undefined,
    undefined,
    'download dash',
    'unpack dash (0 of 2 set up)',
    'set up dash (1 of 2)',
    undefined,
    'set up udev (2 of 3)',
  ]);
});

test.for([
  [
    '  Installing       : bash-5.1.8-9.el9.x86_64     12/120',
    'installing bash-5.1.8-9.el9.x86_64 (12 of 120)',
  ],
  [
    '  Running scriptlet: bash-5.1.8-9.el9.x86_64     12/120',
    'running scriptlet bash-5.1.8-9.el9.x86_64 (12 of 120)',
  ],
  [
    '(3/98) Installing: filesystem-15.0-1.x86_64 [...done]',
    'installing filesystem-15.0-1.x86_64 (3 of 98)',
  ],
  ['Total download size: 3 M', undefined],
] as const)('%s is understood', ([line, words]) => {
  expect(packageProgress()(line)).toBe(words);
});
