import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getRawAsset, isSea } from 'node:sea';

/**
 * What the addon offers. Strings are byte strings (agent/files/bytes.ts); results are 0 or more,
 * or a negative errno. The first group runs in the thread pool: a hung server must not stop the
 * agent's clock.
 */
export interface Native {
  mount(
    source: string,
    target: string,
    fstype: string,
    data: string,
    flags: number,
  ): Promise<number>;
  /** mount(2) in a child process that is killed after `milliseconds`: then -ETIMEDOUT. */
  mountWatched(
    source: string,
    target: string,
    fstype: string,
    data: string,
    flags: number,
    milliseconds: number,
  ): Promise<number>;
  /** A file system in a file, read-only over a loop device that goes away with the mount. */
  mountLoop(image: string, target: string, fstype: string): Promise<number>;
  unmount(target: string, flags: number): Promise<number>;
  makeNode(path: string, mode: number, device: number): Promise<number>;
  loadModule(file: string, parameters: string): Promise<number>;
  /**
   * Owner, mode, xattrs, ACLs and times, following no link; the number of xattrs that were lost.
   * A failure of the target, here and in copyContent, is 4096 below its errno.
   */
  copyAttributes(from: string, to: string): Promise<number>;
  /** The data of a regular file, holes and all: to a new file, 0600, or with `append` 1 to the end of one. */
  copyContent(from: string, to: string, append: number): Promise<number>;
  /** All of an object that is no directory to a new one, as of the two above. */
  copyObject(from: string, to: string): Promise<number>;
  /** renameat2(2): two names of one file system change places at once. */
  exchange(one: string, other: string): Promise<number>;
  /** 1 if two regular files are alike in data, owner, mode and xattrs, else 0. */
  sameFile(one: string, other: string): Promise<number>;
  /**
   * What stands at `root` + path for several paths, each but the last ended by NUL; one record each,
   * divided alike: `-` missing, `d` directory, `l<target>`, `f<size>` regular file, `o<size>` other,
   * `e<errno>` failed. A path that ends in `/` asks a directory for its names too: `D<name>/<name>...`,
   * or `E<errno>`. Before a path may stand the index of an earlier one: it is not looked at, `s`, unless
   * that is a directory.
   */
  look(root: string, paths: string): Promise<string>;
  /**
   * Everything below a directory, parents first, but not the paths (`/a/b`, divided by NUL) left out or
   * what is below them. Records `<type><bytes> <device:inode> <path>`, each ended by NUL: type `d`,
   * `f` regular file, `s` socket, `o` other; the inode only of an object of several names. Ends early with `e<errno>  <path>`.
   */
  list(directory: string, leftOut: string): Promise<string>;
  /**
   * The content of several regular files, whose paths are divided by NUL: for each its length or
   * -errno, a blank, and what is in it.
   */
  readFiles(paths: string): Promise<string>;
  /** For each of several absolute paths divided by NUL: `1` if no link is on the way, else `0`. */
  straight(paths: string): Promise<string>;
  /**
   * Changes `<kind><from> NUL <to>`, divided by NUL, in order until one fails: D makes the directory `to`
   * and those above it (1 if it is new), C copies an object, K does and flushes it, A copies attributes,
   * L links, S makes a symlink with the text `from`. Answers their results, each ended by a blank.
   */
  batch(changes: string): Promise<string>;
  setHostname(name: string): number;
  reboot(command: number): number;
  changeRoot(path: string): number;
  limitOpenFiles(soft: number, hard: number): number;
  interfaceUp(name: string): number;
  interfaceAddress(name: string, address: string, netmask: string): number;
  defaultRoute(gateway: string): number;
  /** One datagram to a UNIX socket: a path, or `@` and a name of the abstract namespace. */
  notify(address: string, message: string): number;
  /** Returns only when it failed. */
  execute(file: string, argv: readonly string[], environment: readonly string[]): number;
}

let loaded: Native | undefined;

/**
 * Loads the addon, once in a process: an asset of the single executable, which is unpacked into
 * `scratch`, else what the build left in dist/.
 */
export function loadNative(scratch: string): Native {
  return (loaded ??= load(scratch));
}

function load(scratch: string): Native {
  const file = isSea()
    ? unpackAsset(join(scratch, `.statelite-addon-${process.pid}.node`))
    : join(import.meta.dirname, '../../dist/addon.node');
  const module: { exports: object } = { exports: {} };
  process.dlopen(module, file);
  if (isSea()) rmSync(file);
  if (!isNative(module.exports)) throw new Error(`${file} is not the addon of this version`);
  return module.exports;
}

/** The C files export all or nothing. */
function isNative(exports: object): exports is Native {
  return 'batch' in exports && 'execute' in exports;
}

function unpackAsset(file: string): string {
  writeFileSync(file, Buffer.from(getRawAsset('addon.node')), { mode: 0o700 });
  return file;
}
