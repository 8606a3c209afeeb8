import { dirname, join } from 'node:path';
import { hasCode, StateliteError } from '../agent/errors.ts';
import { chase } from '../agent/files/chase.ts';
import { stat } from 'node:fs/promises';
import { type Architecture, machineName } from './architectures.ts';
import {
  findLibraries,
  librariesIn,
  type LibraryOrigin,
  readProgram,
  type SharedLibrary,
} from './shared-libraries.ts';

/** The two programs of an initramfs, with what they are linked to. */
export interface Programs {
  readonly busybox: string;
  readonly libraries: readonly SharedLibrary[];
}

/**
 * This machine's busybox, which must be static, and the libraries that the agent was built with.
 * Throws ERR_STATELITE_INITRAMFS naming what is missing.
 */
export async function programsHere(agent: string, busybox: string): Promise<Programs> {
  if ((await readProgram(busybox)).interpreter !== undefined) {
    throw new StateliteError('ERR_STATELITE_INITRAMFS', `${busybox} is not a static program`, {
      hint: 'Debian has it in the package busybox-static',
    });
  }
  return { busybox, libraries: await findLibraries(agent) };
}

const busyboxes = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].flatMap((directory) => [
  `${directory}/busybox-static`,
  `${directory}/busybox`,
]);

/**
 * busybox and libraries for nodes of another architecture: the image's busybox, else one beside the
 * agent, `busybox-<arch>`; the image's libraries, else those of this machine's cross compiler. Throws
 * ERR_STATELITE_INITRAMFS naming what neither has, and what to install.
 */
export async function programsOf(
  architecture: Architecture,
  { root, agent, crossRoot = '/' }: { root: string; agent: string; crossRoot?: string },
): Promise<Programs> {
  const { name, triplet, machine } = architecture;
  await refuseOther(agent, architecture);
  const beside = join(dirname(agent), `busybox-${name}`);
  const busybox = (await busyboxIn(root, machine)) ?? beside;
  if (busybox === beside && !(await isFile(beside))) {
    throw new StateliteError('ERR_STATELITE_INITRAMFS', `the image has no busybox for ${name}`, {
      hint: `add busybox-static to its pkglist, or put a static one at ${beside}`,
    });
  }
  await refuseOther(busybox, architecture);
  const cross: LibraryOrigin = {
    name: `/usr/${triplet}`,
    // Debian's package has them in one directory; they look for each other in the usual one.
    at: (path) => join(crossRoot, 'usr', triplet, 'lib', path.slice(path.lastIndexOf('/') + 1)),
  };
  const image: LibraryOrigin = { name: 'the image', at: (path) => chase(root, path) };
  const own = await librariesIn(image, [agent, busybox]);
  if (Array.isArray(own)) return { busybox, libraries: own };
  const others = await librariesIn(cross, [agent, busybox]);
  if (Array.isArray(others)) return { busybox, libraries: others };
  throw new StateliteError(
    'ERR_STATELITE_INITRAMFS',
    `${own.by} needs ${own.library}, which the image does not have; ${cross.name} of this machine lacks ${others.library}`,
    {
      hint: `add libstdc++6 (libstdc++) to the image's pkglist, or apt-get install libstdc++6-${architecture.debian}-cross`,
    },
  );
}

async function busyboxIn(root: string, machine: number): Promise<string | undefined> {
  for (const path of busyboxes) {
    const at = await chase(root, path);
    if ((await isFile(at)) && (await readProgram(at)).machine === machine) return at;
  }
  return undefined;
}

async function refuseOther(program: string, { name, machine }: Architecture): Promise<void> {
  const found = (await readProgram(program)).machine;
  if (found === machine) return;
  throw new StateliteError(
    'ERR_STATELITE_INITRAMFS',
    `${program} is a program for ${machineName(found)}, and nodes of the image are ${name}`,
    { hint: 'see docs/architectures.md' },
  );
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw error;
    return false;
  }
}
