import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kernelArguments } from '../../../../../mgmt/bootfiles/kernel-arguments.ts';
import type { BootNode, Loader } from '../../../../../mgmt/bootfiles/layout.ts';
import { bootFiles } from '../../../../../mgmt/bootfiles/node-files.ts';
import type { BootEntry } from '../../../../../mgmt/bootfiles/render/entry.ts';
import { plain, value } from '../kernel-values.ts';

const recorded = (path: string) =>
  readFileSync(join(import.meta.dirname, '../../../../fixtures/bootfiles', path), 'utf8');

/** The node of the recorded cluster, as its tables have it. */
function entryOf(node: string): BootEntry {
  const words = kernelArguments({
    ...plain,
    node,
    os: 'rhels8.4',
    imageDirectory: value('/install/netboot/rhcompute'),
    statemnt: value('10.99.0.1:/lite/state/rhcompute'),
    serialport: value('0'),
    serialspeed: value('115200'),
    partitions: true,
  });
  return {
    state: 'statelite rhels8.4-x86_64-rhcompute',
    image: 'rhcompute',
    arch: 'x86_64',
    kernelArguments: words,
    server: '10.99.0.1',
    httpPort: 80,
  };
}

/** What we write for a node, a link as what it leads to. */
function written(node: string, loader: Loader): Map<string, string> {
  const number = node.slice(1);
  const boot: BootNode = {
    node,
    loader,
    mac: `52:54:00:00:00:0${number}`,
    address: `10.99.1.${number}`,
  };
  const files = bootFiles(boot, entryOf(node));
  const own = files.find((file) => 'content' in file && file.path.endsWith(`/${node}`));
  if (own === undefined || !('content' in own)) throw new Error(`${loader} has no file of ${node}`);
  return new Map(
    files.map((file) => [
      file.path,
      'content' in file ? file.content : file.link === node ? own.content : `-> ${file.link}`,
    ]),
  );
}

/** Words of a file by lines; how many blanks stand between them means nothing to any loader. */
const linesOf = (text: string) =>
  text.split('\n').map((line) => line.split(/\s+/u).filter(Boolean));

interface Difference {
  /** A word of ours that stock does not write. */
  readonly more?: readonly string[];
  /** A word of ours in the place of one of stock's. */
  readonly other?: Readonly<Record<string, string>>;
}

/** Every difference between a file of ours and the recorded one, with its reason. */
const differences: Record<'xnba' | 'pxe' | 'grub2', Difference> = {
  xnba: {
    more: [
      'XCATIPORT=3002', // node QUIRK-29: stock never tells nodes site.xcatiport
      'initrd=initrd', // UEFI: the kernel's stub has its initramfs by this name; BIOS ignores it
    ],
  },
  pxe: { more: ['XCATIPORT=3002'] },
  grub2: {
    more: ['XCATIPORT=3002'],
    // Known to every GRUB on every architecture; linuxefi is a patch of some distributions.
    other: { linux: 'linuxefi', initrd: 'initrdefi' },
  },
};

/** Our lines with the listed differences taken back. */
function asStock(text: string, { more = [], other = {} }: Difference): string[][] {
  return linesOf(text).map((line) =>
    line.filter((word) => !more.includes(word)).map((word) => other[word] ?? word),
  );
}

const files: Record<keyof typeof differences, (node: string) => readonly string[]> = {
  xnba: (node) => [`xcat/xnba/nodes/${node}`],
  pxe: (node) => [`pxelinux.cfg/${node}`],
  grub2: (node) => [
    `boot/grub2/${node}`,
    `boot/grub2/grub.cfg-01-52-54-00-00-00-0${node.slice(1)}`,
    `boot/grub2/grub.cfg-0A63010${node.slice(1)}`,
  ],
};

describe.for(['xnba', 'pxe', 'grub2'] as const)('boot files of %s', (loader) => {
  test.for(['n1', 'n2'])('of %s are those recorded from stock, but for what is listed', (node) => {
    const ours = written(node, loader);
    const { more = [], other = {} } = differences[loader];
    for (const path of files[loader](node)) {
      const text = ours.get(path) ?? '';
      const stock = recorded(join(loader, path));
      expect(asStock(text, differences[loader])).toEqual(linesOf(`${stock.trimEnd()}\n`));
      // Each listed difference is there, once: the list has nothing that could hide another one.
      for (const word of [...more, ...Object.keys(other)]) {
        expect(text.split(/\s+/u).filter((each) => each === word)).toHaveLength(
          word === 'initrd' && loader === 'xnba' ? 2 : 1,
        );
      }
    }
  });
});

test('files of stock for iPXE that we do not write are for elilo, which iPXE does without', () => {
  expect([...written('n1', 'xnba').keys()]).toEqual(['xcat/xnba/nodes/n1']);
  expect(recorded('xnba/xcat/xnba/nodes/n1.uefi')).toContain('elilo-x64.efi');
});

test('pxelinux and GRUB are found by MAC and by address as stock names them', () => {
  expect([...written('n1', 'pxe').keys()].slice(1)).toEqual([
    'pxelinux.cfg/01-52-54-00-00-00-01', // mgmt QUIRK-66: stock has no name by MAC
    'pxelinux.cfg/0A630101',
  ]);
  expect(written('n1', 'grub2').get('boot/grub2/grub2-n1')).toBe('-> grub2.x86_64');
});
