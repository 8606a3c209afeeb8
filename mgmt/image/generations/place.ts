import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { chase } from '../../../agent/files/chase.ts';
import { mountsBelow } from '../liteimg/check-host.ts';

/** Where the generations of an image are, links followed. */
export interface GenerationsPlace {
  /** `rootimgdir`: the current generation, which nodes boot. */
  readonly directory: string;
  /** Holds the others, each complete in a directory of its own. */
  readonly others: string;
}

/** ELOOP for a loop of links. */
export async function placeOf(rootimgdir: string): Promise<GenerationsPlace> {
  const directory = await chase('/', rootimgdir);
  return { directory, others: `${directory}.generations` };
}

/**
 * Throws ERR_STATELITE_IMAGE for a directory of this machine's own system: an image would take its
 * place, and rmimage would take its /etc/kernel.
 */
export function refuseSystem(directory: string): void {
  const system =
    /^\/(?:(?:bin|boot|etc|home|lib[^/]*|media|mnt|opt|root|sbin|srv|tmp|var|var\/lib)|(?:dev|proc|run|sys|usr)(?:\/.*)?)?$/u;
  if (!system.test(directory)) return;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `${directory} is of this machine's own system, and cannot be an image`,
    { hint: 'correct linuximage.rootimgdir' },
  );
}

/**
 * Refuses a place where two generations cannot change places: that is a rename(2), which takes no
 * mount point and stays in one file system. Throws ERR_STATELITE_IMAGE.
 */
export async function checkPlace({ directory, others }: GenerationsPlace): Promise<void> {
  refuseSystem(directory);
  const above = dirname(directory);
  const mounted = mountsBelow(await readFile('/proc/self/mountinfo', 'latin1'), above);
  const wanted = await deviceOf(above);
  for (const place of [directory, others]) {
    const device = await deviceOf(place);
    if (mounted.includes(place)) throw refusal(`${place} is a mount point`, directory);
    if (device !== undefined && device !== wanted) {
      throw refusal(`${place} is on another file system than ${above}`, directory);
    }
  }
}

function refusal(why: string, directory: string): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_IMAGE',
    `${why}: a new generation of the image cannot take the place of the old one`,
    {
      hint: `set linuximage.rootimgdir to a directory in that file system, e.g. ${join(directory, 'image')}`,
    },
  );
}

async function deviceOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).dev;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
