import type { Pass } from './pkglist.ts';
import type { Repository } from './repositories.ts';
import type { ImageSpec } from './spec.ts';

/** One pass of a list, and which list it is of. */
export interface InstallPass extends Pass {
  readonly from: 'pkglist' | 'otherpkglist';
}

/** What an installer is given. */
export interface InstallJob {
  readonly spec: ImageSpec;
  /** The new root: an absolute path. */
  readonly root: string;
  readonly passes: readonly InstallPass[];
  readonly repositories: readonly Repository[];
  /** Public keys that packages from elsewhere must be signed with. */
  readonly keys: readonly string[];
  /** False: packages from elsewhere are believed. */
  readonly checkSignatures: boolean;
  /** After the passes, newer packages replace what is installed. */
  readonly update: boolean;
}

/** A program of the package manager. */
export interface InstallCommand {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly input?: string;
  /** /proc, /dev, /sys and /run are in the root while it runs. */
  readonly mounts: boolean;
  /** Exit statuses that are no failure either. */
  readonly okExits?: readonly number[];
}

/** What is done, in order. */
export interface InstallPlan {
  /** Text by path below the work directory. */
  readonly files: Readonly<Record<string, string>>;
  readonly commands: readonly InstallCommand[];
}

/** Decides how a family's package manager makes the root; changes nothing. */
export type Installer = (job: InstallJob) => InstallPlan;

/** Where programs with `mounts` find the work directory, inside the root and outside. */
export const workInside = '/run/statelite-genimage';

/** For rpm's scripts: no daemon is spoken to, and nobody boots an initramfs they would make. */
export function rpmEnvironment(): Record<string, string> {
  return {
    HOME: workInside,
    LC_ALL: 'C.UTF-8',
    SYSTEMD_OFFLINE: '1',
    KERNEL_INSTALL_BYPASS: '1',
  };
}

/** ~/.rpmmacros: Debian's rpm keeps its database in the home directory unless told otherwise. */
export function rpmMacros(database: string): string {
  return `%_dbpath ${database}\n`;
}
