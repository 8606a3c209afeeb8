import { join } from 'node:path';
import { exists } from '../image/genimage/exists.ts';

/** Packages that have a boot loader, by the tool that installs them. */
export interface Packages {
  readonly deb: readonly string[];
  /** Of the last of `deb`, if it is for one architecture only. */
  readonly debArchitecture?: string;
  /** Names or paths; what is for another architecture is `noarch`. */
  readonly rpm: readonly string[];
}

/** Debian's words for this machine. */
const debianHere: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * What an operator types to install them on the machine whose root is `host`. Debian has GRUB's
 * modules for other firmware only as packages of that architecture.
 */
export async function installCommand(packages: Packages, host: string): Promise<string> {
  const has = (tool: string) => exists(join(host, 'usr/bin', tool));
  // Debian has dnf too, to build images of other distributions.
  if (!(await has('apt-get')) && (await has('dnf'))) {
    return `dnf install ${packages.rpm.join(' ')}`;
  }
  return aptCommand(packages, debianHere[process.arch]);
}

/** The same on Debian, of architecture `here` (pure). */
export function aptCommand({ deb, debArchitecture }: Packages, here: string | undefined): string {
  if (debArchitecture === undefined || debArchitecture === here) {
    return `apt-get install ${deb.join(' ')}`;
  }
  return [
    `dpkg --add-architecture ${debArchitecture}`,
    'apt-get update',
    `apt-get install ${deb.join(' ')}:${debArchitecture}`,
  ].join(' && ');
}
