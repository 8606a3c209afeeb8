import { describe, expect, test } from 'vitest';
import type { BootNode, BootState, Loader } from '../../../../mgmt/bootfiles/layout.ts';
import { isReserved } from '../../../../mgmt/bootfiles/layouts.ts';
import { bootFiles, loaderOf, ownPaths, readState } from '../../../../mgmt/bootfiles/node-files.ts';

const n1: BootNode = { node: 'n1', loader: 'xnba', mac: '52:54:00:77:00:01', address: '10.77.0.1' };
const entry = {
  state: 'statelite debian12-x86_64-compute',
  image: 'compute',
  arch: 'x86_64',
  kernelArguments: ['STATEMNT='],
  server: '10.77.0.254',
  httpPort: 80,
};
const names = (boot: BootNode, state: BootState) =>
  bootFiles(boot, state).map((file) =>
    'link' in file ? `${file.path} -> ${file.link}` : file.path,
  );

/** What each loader finds a node by, when it boots an image, its disk, or nothing. */
const expected: Record<Loader, Record<'image' | 'boot' | 'offline', readonly string[]>> = {
  xnba: { image: ['xcat/xnba/nodes/n1'], boot: ['xcat/xnba/nodes/n1'], offline: [] },
  pxe: sameAlways([
    'pxelinux.cfg/n1',
    'pxelinux.cfg/01-52-54-00-77-00-01 -> n1',
    'pxelinux.cfg/0A4D0001 -> n1',
  ]),
  grub2: grubFiles(),
  'grub2-http': grubFiles(),
  yaboot: sameAlways(['etc/n1', 'etc/0a4d0001 -> n1', 'yaboot.conf-52-54-00-77-00-01 -> etc/n1']),
  petitboot: {
    image: ['petitboot/n1', '0A4D0001 -> petitboot/n1'],
    boot: ['petitboot/n1', '0A4D0001 -> petitboot/n1'],
    offline: [],
  },
};
const loaders: readonly Loader[] = ['xnba', 'pxe', 'grub2', 'grub2-http', 'yaboot', 'petitboot'];

function sameAlways(paths: readonly string[]) {
  return { image: paths, boot: paths, offline: paths };
}

function grubFiles() {
  const found = [
    'boot/grub2/n1',
    'boot/grub2/grub.cfg-01-52-54-00-77-00-01 -> n1',
    'boot/grub2/grub.cfg-0A4D0001 -> n1',
  ];
  return { image: [...found, 'boot/grub2/grub2-n1 -> grub2.x86_64'], boot: found, offline: [] };
}

test.for(loaders)('%s finds a node by the names it asks for', (loader) => {
  const boot = { ...n1, loader };
  const { image, boot: local, offline } = expected[loader];
  expect(names(boot, entry)).toEqual(image);
  expect(names(boot, 'boot')).toEqual(local);
  expect(names(boot, 'offline')).toEqual(offline);
});

test.for(['pxe', 'grub2', 'yaboot'] as const)(
  'a %s node without a known address is found by its MAC',
  (loader) => {
    const found = names({ ...n1, loader, address: undefined }, entry);
    expect(found.join(' ')).toContain('52-54-00-77-00-01');
    expect(found.join(' ')).not.toMatch(/0a4d/iu);
  },
);

test("files of other loaders, and of stock xCAT for this one, are a node's own", () => {
  expect(ownPaths('n1')).toEqual([
    'xcat/xnba/nodes/n1',
    'xcat/xnba/nodes/n1.uefi',
    'xcat/xnba/nodes/n1.elilo',
    'xcat/xnba/nodes/n1.pxelinux',
    'pxelinux.cfg/n1',
    'boot/grub2/n1',
    'boot/grub2/grub2-n1',
    'etc/n1',
    'petitboot/n1',
  ]);
});

test.for([
  ['default', 'pxelinux.cfg/default'],
  ['0A4D0001', 'pxelinux.cfg/0A4D0001'],
  ['grub.cfg', 'boot/grub2/grub.cfg'],
] as const)("a node called %s does not own %s, which is the loader's", ([node, path]) => {
  const paths = ownPaths(node);
  expect(paths).not.toContain(path);
  expect(paths).toContain(`xcat/xnba/nodes/${node}`);
});

test.for(loaders)('the state can be read back from a %s file', (loader) => {
  for (const state of [entry, 'boot'] as const) {
    const [file] = bootFiles({ ...n1, loader }, state);
    const content = file !== undefined && 'content' in file ? file.content : '';
    expect(readState(content)).toBe(state === 'boot' ? 'boot' : entry.state);
  }
});

describe('noderes.netboot', () => {
  test('chooses the loader, xnba if it is blank', () => {
    expect(loaderOf(undefined, 'n1')).toBe('xnba');
    for (const loader of loaders) expect(loaderOf(loader, 'n1')).toBe(loader);
    expect(loaderOf('grub2-tftp', 'n1')).toBe('grub2');
  });

  test.for(['grub', 'grub2-nfs', 'XNBA', 'constructor'])('%s is refused', (netboot) => {
    expect(() => loaderOf(netboot, 'n1')).toThrow(
      expect.objectContaining({
        code: 'ERR_STATELITE_BOOTFILE',
        message: `noderes.netboot "${netboot}" of n1 is not supported`,
      }),
    );
  });
});

test.for([
  ['pxe', 'default', true],
  ['pxe', '0A4D0001', true],
  ['pxe', '0a4d0001', false],
  ['grub2', 'grub.cfg', true],
  ['grub2', 'grub.cfg-0A4D0001', true],
  ['grub2', 'grub2.x86_64', true],
  ['grub2', 'grub2-n2', true],
  ['grub2-http', 'default', false],
  ['yaboot', '0a4d0001', true],
  ['petitboot', '0A4D0001', false],
  ['xnba', 'default', false],
] as const)('%s asks for another file by the name %s: %s', ([loader, node, reserved]) => {
  expect(isReserved(node, loader)).toBe(reserved);
});
