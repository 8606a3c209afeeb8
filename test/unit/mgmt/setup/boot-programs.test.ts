import { describe, expect, test } from 'vitest';
import {
  bootChoices,
  firmwares,
  netbootTag,
  programsFor,
} from '../../../../mgmt/setup/boot-programs.ts';

const loaders = ['xnba', 'pxe', 'grub2', 'yaboot', 'petitboot'] as const;

test('a machine fits one choice at most, whatever it is', () => {
  for (const firmware of Object.keys(firmwares)) {
    for (const loader of loaders) {
      for (const ipxe of [true, false]) {
        const fitting = bootChoices.filter(
          (choice) =>
            choice.firmware === firmware &&
            (choice.only ?? loader) === loader &&
            choice.except !== loader &&
            (choice.ipxe ?? ipxe) === ipxe,
        );
        expect([firmware, loader, ipxe, fitting.length]).toEqual([
          firmware,
          loader,
          ipxe,
          firmware === 'opal' ? 0 : 1,
        ]);
      }
    }
  }
});

describe('what noderes.netboot comes down to', () => {
  test.for([
    [undefined, 'xnba'],
    ['xnba', 'xnba'],
    ['pxe', 'pxe'],
    ['grub2', 'grub2'],
    ['grub2-http', 'grub2'],
    ['grub2-tftp', 'grub2'],
    ['petitboot', 'petitboot'],
  ] as const)('%s', ([netboot, tag]) => {
    expect(netbootTag(netboot, 'n1')).toBe(tag);
  });

  test('a loader that nobody serves is refused', () => {
    expect(() => netbootTag('nimol', 'n1')).toThrow(
      expect.objectContaining({ code: 'ERR_STATELITE_BOOTFILE' }),
    );
  });
});

test('what UEFI fetches by HTTP has a name that it takes for a program', () => {
  const urls = bootChoices.flatMap(({ load, ipxe }) =>
    'http' in load && ipxe !== true ? load.http : [],
  );
  expect(urls).toHaveLength(3);
  for (const url of urls) expect(url).toMatch(/\.efi$/u);
});

test.for([
  ['pxe', 'x86_64', ['pxelinux.0', 'snponly.efi'], ['undionly.kpxe', 'boot/grub2/grub2.x86_64']],
  ['xnba', 'x86_64', ['undionly.kpxe', 'snponly.efi'], ['pxelinux.0']],
  ['grub2', 'ppc64le', ['boot/grub2/grub2.ppc64le'], ['yaboot', 'snponly.efi']],
  ['yaboot', 'ppc64', ['yaboot'], ['boot/grub2/grub2.ppc64le']],
  ['grub2', 'aarch64', ['boot/grub2/grub2.aarch64'], ['boot/grub2/grub2.x86_64']],
] as const)('the programs of a node with %s on %s', ([loader, arch, used, unused]) => {
  const programs = programsFor(loader, arch);
  expect(programs).toEqual(expect.arrayContaining([...used]));
  for (const file of unused) expect(programs).not.toContain(file);
});
