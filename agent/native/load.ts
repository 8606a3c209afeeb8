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
  /** The data of a regular file to a new one, then its attributes, as of the two above. */
  copyFile(from: string, to: string): Promise<number>;
  setHostname(name: string): number;
  reboot(command: number): number;
  changeRoot(path: string): number;
  limitOpenFiles(soft: number, hard: number): number;
  interfaceUp(name: string): number;
  interfaceAddress(name: string, address: string, netmask: string): number;
  defaultRoute(gateway: string): number;
  /** Returns only when it failed. */
  execute(file: string, argv: readonly string[], environment: readonly string[]): number;
}

/** Loads the addon: an asset of the single executable, else what the build left in dist/. */
export function loadNative(scratch: string): Native {
  const file = isSea()
    ? unpackAsset(join(scratch, `.statelite-addon-${process.pid}.node`))
    : join(import.meta.dirname, '../../dist/addon.node');
  const module: { exports: object } = { exports: {} };
  process.dlopen(module, file);
  if (isSea()) rmSync(file);
  if (!isNative(module.exports)) throw new Error(`${file} is not the addon of this version`);
  return module.exports;
}

/** The C file exports all or nothing. */
function isNative(exports: object): exports is Native {
  return 'mountWatched' in exports && 'execute' in exports;
}

function unpackAsset(file: string): string {
  writeFileSync(file, Buffer.from(getRawAsset('addon.node')), { mode: 0o700 });
  return file;
}
