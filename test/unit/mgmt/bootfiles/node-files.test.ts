import { expect, test } from 'vitest';
import {
  bootFiles,
  type BootNode,
  loaderOf,
  ownPaths,
  readState,
} from '../../../../mgmt/bootfiles/node-files.ts';

const n1: BootNode = { node: 'n1', loader: 'xnba', mac: '52:54:00:77:00:01', address: '10.77.0.1' };
const entry = {
  state: 'statelite debian12-x86_64-compute',
  image: 'compute',
  kernelArguments: ['STATEMNT='],
  httpPort: 80,
};
const names = (boot: BootNode, state: Parameters<typeof bootFiles>[1]) =>
  bootFiles(boot, state).map((file) =>
    'link' in file ? `${file.path} -> ${file.link}` : file.path,
  );

test('an iPXE node has one script, by its name', () => {
  expect(names(n1, entry)).toEqual(['xcat/xnba/nodes/n1']);
});

test('a pxelinux node has a file by its name, and links by MAC and address', () => {
  expect(names({ ...n1, loader: 'pxe' }, entry)).toEqual([
    'pxelinux.cfg/n1',
    'pxelinux.cfg/01-52-54-00-77-00-01 -> n1',
    'pxelinux.cfg/0A4D0001 -> n1',
  ]);
});

test('a pxelinux node without a known address is found by its MAC', () => {
  expect(names({ ...n1, loader: 'pxe', address: undefined }, entry)).toHaveLength(2);
});

test('offline leaves an iPXE node without a file, and a pxelinux node with its disk', () => {
  expect(names(n1, 'offline')).toEqual([]);
  expect(names({ ...n1, loader: 'pxe' }, 'offline')).toHaveLength(3);
});

test("files of other loaders, and of stock xCAT for this one, are a node's own", () => {
  expect(ownPaths('n1')).toEqual([
    'xcat/xnba/nodes/n1',
    'xcat/xnba/nodes/n1.uefi',
    'xcat/xnba/nodes/n1.elilo',
    'pxelinux.cfg/n1',
  ]);
});

test.for(['xnba', 'pxe'] as const)('the state can be read back from a %s file', (loader) => {
  for (const state of [entry, 'boot'] as const) {
    const [file] = bootFiles({ ...n1, loader }, state);
    const content = file !== undefined && 'content' in file ? file.content : '';
    expect(readState(content)).toBe(state === 'boot' ? 'boot' : entry.state);
  }
});

test('netboot chooses the loader, xnba if it is blank', () => {
  expect(loaderOf(undefined, 'n1')).toBe('xnba');
  expect(loaderOf('pxe', 'n1')).toBe('pxe');
  expect(() => loaderOf('yaboot', 'n1')).toThrow(/netboot "yaboot" of n1 is not supported/);
});
