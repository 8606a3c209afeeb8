import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openModules } from '../../../../agent/machine/modules.ts';
import { failure } from '../../../helpers/rows.ts';
import { recordingLogger } from '../../../helpers/recording-logger.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';

const release = '6.1.0-40';
const at = `/lib/modules/${release}`;

const tables: Readonly<Record<string, string>> = {
  [`${at}/modules.dep`]: [
    'kernel/net/virtio_net.ko: kernel/net/net_failover.ko',
    'kernel/net/net_failover.ko:',
    'kernel/net/wifi.ko: kernel/net/mac.ko',
    'kernel/net/mac.ko:',
    'kernel/usb/xhci.ko:',
    'kernel/block/virtio_blk.ko:',
    'kernel/fs/btrfs.ko:',
    'kernel/crypto/fast.ko:',
    '',
  ].join('\n'),
  [`${at}/modules.alias`]: [
    'alias virtio:d00000001v* virtio_net',
    'alias virtio:d00000002v* virtio_blk',
    'alias pci:xhci* xhci',
    'alias usb:wifi* wifi',
    '',
  ].join('\n'),
  [`${at}/modules.softdep`]: 'softdep btrfs pre: fast\n',
  [`${at}/modules.builtin`]: 'kernel/fs/ext4/ext4.ko\n',
  '/sys/devices/pci0/net/modalias': 'virtio:d00000001v00001AF4\n',
  '/sys/devices/pci0/disk/modalias': 'virtio:d00000002v00001AF4\n',
  '/sys/devices/pci0/usb/modalias': 'pci:xhci1\n',
  '/sys/devices/pci0/none/modalias': '\n',
  '/sys/devices/pci0/uevent': 'DRIVER=x\n',
};

/** What the kernel does with a module, by name; an error code refuses it. */
type Insert = (name: string) => string | undefined | Promise<string | undefined>;

/** Modules of an initramfs in a directory, with the names of those that were loaded, in order. */
async function opened(insert: Insert = () => undefined, tree = tables) {
  const root = await tempRoot();
  plantTree(root.path, tree);
  const loaded: string[] = [];
  const { log, lines } = recordingLogger();
  const loadModule = async (file: string): Promise<void> => {
    const name = file.slice(file.lastIndexOf('/') + 1, -'.ko'.length);
    expect(file.startsWith(join(root.path, at, 'kernel/'))).toBe(true);
    const code = await insert(name);
    if (code !== undefined) throw Object.assign(new Error(code), { code });
    loaded.push(name);
  };
  const places = {
    modules: join(root.path, 'lib/modules'),
    devices: join(root.path, 'sys/devices'),
  };
  const modules = await openModules(release, { loadModule }, log, places);
  return { root, modules, loaded, lines, [Symbol.asyncDispose]: () => root.remove() };
}

describe('loading a module', () => {
  test('loads what it needs before it, each once', async () => {
    await using given = await opened();
    await given.modules.load('virtio-net');
    await given.modules.load('virtio_net');
    expect(given.loaded).toEqual(['net_failover', 'virtio_net']);
  });

  test('that is in the kernel already is fine', async () => {
    await using given = await opened(() => 'EEXIST');
    await given.modules.load('virtio_net');
    expect(given.lines).toEqual([]);
  });

  test('that is built in is nothing to do', async () => {
    await using given = await opened();
    await given.modules.load('ext4');
    expect(given.loaded).toEqual([]);
  });

  test('that the initramfs does not have is an error', async () => {
    await using given = await opened();
    await expect(given.modules.load('nfsv4')).rejects.toThrow(
      failure('ERR_STATELITE_MODULE', 'no module nfsv4'),
    );
  });

  test('that the kernel refuses is an error, and may be tried again', async () => {
    let isReady = false;
    await using given = await opened(() => (isReady ? undefined : 'ENOEXEC'));
    await expect(given.modules.load('mac')).rejects.toThrow(
      failure('ERR_STATELITE_MODULE', 'kernel module mac'),
    );
    isReady = true;
    await given.modules.load('mac');
    expect(given.loaded).toEqual(['mac']);
  });

  test('goes on without one that it only wants', async () => {
    await using given = await opened((name) => (name === 'fast' ? 'ENODEV' : undefined));
    await given.modules.load('btrfs');
    expect(given.loaded).toEqual(['btrfs']);
    expect(given.lines).toEqual(['warn: cannot load the kernel module fast: ENODEV']);
  });

  test('waits for one that is on its way for another', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    await using given = await opened((name) => (name === 'net_failover' ? promise : undefined));
    const both = [given.modules.load('virtio_net'), given.modules.load('virtio_net')];
    expect(given.loaded).toEqual([]);
    resolve(undefined);
    await Promise.all(both);
    expect(given.loaded).toEqual(['net_failover', 'virtio_net']);
  });
});

describe('loading drivers', () => {
  test('finds devices that appear with a driver, and leaves out what is not wanted', async () => {
    await using given = await opened((name) => {
      if (name !== 'xhci') return undefined;
      plantTree(given.root.path, { '/sys/devices/pci0/usb/1-1/modalias': 'usb:wifi1\n' });
      return undefined;
    });
    await given.modules.loadForDevices((file) => !file.includes('/block/'));
    expect(given.loaded.toSorted()).toEqual(['mac', 'net_failover', 'virtio_net', 'wifi', 'xhci']);
  });

  test('a second time also loads what was not wanted the first time', async () => {
    await using given = await opened();
    const { modules, loaded } = given;
    await modules.loadForDevices((file) => !file.includes('/block/'));
    expect(loaded).not.toContain('virtio_blk');
    await modules.loadForDevices(() => true);
    expect(loaded.filter((name) => name === 'virtio_blk')).toHaveLength(1);
    await modules.loadForDevices(() => true);
    expect(loaded.filter((name) => name === 'virtio_blk')).toHaveLength(1);
  });

  test('a second time only looks for what is new', async () => {
    let isRefused = true;
    await using given = await opened(() => (isRefused ? 'ENODEV' : undefined));
    await given.modules.loadForDevices(() => true);
    const { length } = given.lines;
    isRefused = false;
    plantTree(given.root.path, { '/sys/devices/pci1/modalias': 'usb:wifi2\n' });
    await given.modules.loadForDevices(() => true);
    expect(given.loaded).toEqual(['mac', 'wifi']);
    expect(given.lines.slice(length).filter((line) => line.startsWith('warn'))).toEqual([]);
  });

  test('a driver that does not want its device is a warning', async () => {
    await using given = await opened((name) => (name === 'xhci' ? 'ENODEV' : undefined));
    await given.modules.loadForDevices((file) => file.includes('xhci'));
    expect(given.lines).toContain('warn: cannot load the kernel module xhci: ENODEV');
  });
});

describe('the tables of an initramfs', () => {
  test('need no aliases, soft dependencies and built-in modules', async () => {
    const { [`${at}/modules.dep`]: dep = '' } = tables;
    await using given = await opened(undefined, {
      [`${at}/modules.dep`]: dep,
      '/sys/devices/x': '',
    });
    await given.modules.load('btrfs');
    await given.modules.loadForDevices(() => true);
    expect(given.loaded).toEqual(['btrfs']);
  });

  test('of another kernel: that is said, with the release', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/modules/5.10/modules.dep': '' });
    const places = { modules: join(root.path, 'modules'), devices: root.path };
    const { log } = recordingLogger();
    await expect(openModules(release, { loadModule: async () => {} }, log, places)).rejects.toThrow(
      failure('ERR_STATELITE_MODULE', `running kernel ${release}`),
    );
  });
});
