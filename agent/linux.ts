import { bytesOf, checked, textOf } from './files/bytes.ts';
import type { Native } from './native/load.ts';
import type { MountFlags, System } from './system.ts';

/** <linux/mount.h> */
const ms = {
  readonly: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  remount: 32,
  noatime: 1024,
  bind: 4096,
  move: 8192,
} as const;

const detach = 2; // MNT_DETACH

/** <linux/reboot.h> */
const rebootCommand = { restart: 0x01234567, powerOff: 0x4321fedc } as const;

/** As a new init expects it; Node raises the soft limit to the hard one for itself and its children. */
const openFiles = { soft: 1024, hard: 524_288 } as const;

/** The real thing. Every error has the errno's name as `code`. */
export function linuxSystem(native: Native): System {
  const mount = async (
    source: string,
    target: string,
    fstype: string,
    data: string,
    flags: number,
  ): Promise<void> => {
    const result = await native.mount(...bytesOfAll(source, target, fstype, data), flags);
    checked(result, `mount ${source} on ${target}`);
  };
  return {
    mount: (source, target, fstype, data, flags = {}) =>
      mount(source, target, fstype, data, flagBits(flags)),
    mountWatched: async (source, target, fstype, data, flags, milliseconds) => {
      const bytes = bytesOfAll(source, target, fstype, data);
      const result = await native.mountWatched(...bytes, flagBits(flags), milliseconds);
      checked(result, `mount ${source} on ${target}`);
    },
    mountLoop: async (image, target, fstype) => {
      const result = await native.mountLoop(bytesOf(image), bytesOf(target), fstype);
      checked(result, `mount ${image} on ${target}`);
    },
    makeNode: async (path, mode, device) => {
      checked(await native.makeNode(path, mode, device), `mknod ${textOf(path)}`);
    },
    bind: async (source, target, readonly) => {
      await mount(source, target, '', '', ms.bind);
      // The first call ignores the flag: a bind is read-only only once it is remounted.
      if (readonly) await mount(source, target, '', '', ms.bind | ms.remount | ms.readonly);
    },
    move: (source, target) => mount(source, target, '', '', ms.move),
    unmount: async (target, how) => {
      const flags = how === 'lazy' ? detach : 0;
      checked(await native.unmount(bytesOf(target), flags), `umount ${target}`);
    },
    loadModule: async (file, parameters) => {
      const result = await native.loadModule(bytesOf(file), parameters);
      checked(result, `load ${file}`);
    },
    setHostname: (name) => void checked(native.setHostname(bytesOf(name)), `sethostname ${name}`),
    interfaceUp: (name) => void checked(native.interfaceUp(name), `set ${name} up`),
    interfaceAddress: (name, address, netmask) =>
      void checked(
        native.interfaceAddress(name, address, netmask),
        `address ${address} on ${name}`,
      ),
    defaultRoute: (gateway) =>
      void checked(native.defaultRoute(gateway), `default route by ${gateway}`),
    changeRoot: (path) => void checked(native.changeRoot(bytesOf(path)), `chroot ${path}`),
    execute: (file, argv, environment) => {
      native.limitOpenFiles(openFiles.soft, openFiles.hard);
      checked(native.execute(bytesOf(file), argv.map(bytesOf), environment.map(bytesOf)), file);
      throw new Error(`${file} returned`);
    },
    reboot: () => end(native, rebootCommand.restart),
    halt: () => end(native, rebootCommand.powerOff),
  };
}

function end(native: Native, command: number): never {
  checked(native.reboot(command), 'reboot');
  throw new Error('reboot(2) returned');
}

function flagBits(flags: MountFlags): number {
  return (
    (flags.readonly === true ? ms.readonly : 0) |
    (flags.nosuid === true ? ms.nosuid : 0) |
    (flags.nodev === true ? ms.nodev : 0) |
    (flags.noexec === true ? ms.noexec : 0) |
    (flags.noatime === true ? ms.noatime : 0)
  );
}

function bytesOfAll(
  source: string,
  target: string,
  fstype: string,
  data: string,
): [string, string, string, string] {
  return [bytesOf(source), bytesOf(target), bytesOf(fstype), bytesOf(data)];
}
