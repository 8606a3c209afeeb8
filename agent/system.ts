/** Flags of mount(2) that the agent uses, by the names mount(8) gives them. */
export interface MountFlags {
  readonly readonly?: boolean;
  readonly nosuid?: boolean;
  readonly nodev?: boolean;
  readonly noexec?: boolean;
  readonly noatime?: boolean;
}

/**
 * What needs root or ends the process. Nothing else belongs here: copying, linking and reading
 * are done for real, and tests let them happen in a temporary root.
 */
export interface System {
  mount(
    source: string,
    target: string,
    fstype: string,
    data: string,
    flags?: MountFlags,
  ): Promise<void>;
  /** A mount that may hang for ever; its process is killed after `milliseconds` (ETIMEDOUT). */
  mountWatched(
    source: string,
    target: string,
    fstype: string,
    data: string,
    flags: MountFlags,
    milliseconds: number,
  ): Promise<void>;
  /** A file system in a file, read-only over a loop device that goes away with the mount. */
  mountLoop(image: string, target: string, fstype: string): Promise<void>;
  /** mknod(2); the path is a byte string (agent/files/bytes.ts). */
  makeNode(path: string, mode: number, device: number): Promise<void>;
  bind(source: string, target: string, readonly: boolean): Promise<void>;
  move(source: string, target: string): Promise<void>;
  unmount(target: string, how?: 'lazy'): Promise<void>;
  loadModule(file: string, parameters: string): Promise<void>;
  setHostname(name: string): void;
  interfaceUp(name: string): void;
  interfaceAddress(name: string, address: string, netmask: string): void;
  defaultRoute(gateway: string): void;
  /** chroot(2); the caller has moved the root there. */
  changeRoot(path: string): void;
  /** Replaces this process; throws if that fails. */
  execute(file: string, argv: readonly string[], environment: readonly string[]): never;
  reboot(): never;
  halt(): never;
}
