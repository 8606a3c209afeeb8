import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { StateliteError } from '../../agent/errors.ts';
import { bytesOf, checked } from '../../agent/files/bytes.ts';
import { chase } from '../../agent/files/chase.ts';
import type { Native } from '../../agent/native/load.ts';
import { components, parentOf } from '../../agent/rules/path.ts';
import type { Given, GivenTree } from './entry.ts';

/** <linux/stat.h> */
const fileTypes = { fifo: 0o010000, char: 0o020000 } as const;

/**
 * Puts objects into a directory, in place of what is there. Links above a path are followed inside
 * the directory; missing parents are made, 0755 root. Hard links come last: what they lead to must
 * exist. Throws ERR_STATELITE_USAGE for what cannot be made.
 */
export async function buildTree(
  top: string,
  tree: GivenTree,
  calls: Pick<Native, 'makeNode'>,
): Promise<void> {
  mkdirSync(top, { recursive: true });
  const entries = Object.entries(tree);
  const hardlinks = entries.filter(([, { type }]) => type === 'hardlink');
  const others = entries.filter(([, { type }]) => type !== 'hardlink');
  for (const [path, given] of [...others, ...hardlinks]) {
    try {
      await build(top, await placeOf(top, path), given, calls);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new StateliteError(
        'ERR_STATELITE_USAGE',
        `cannot make ${path} of the case: ${reason}`,
        {
          cause,
        },
      );
    }
  }
}

async function placeOf(top: string, path: string): Promise<string> {
  const canonical = `/${components(path).join('/')}`;
  mkdirSync(await chase(top, parentOf(canonical)), { recursive: true, mode: 0o755 });
  return chase(top, canonical, 'as it is');
}

async function build(
  top: string,
  place: string,
  given: Given,
  calls: Pick<Native, 'makeNode'>,
): Promise<void> {
  const { type, uid, gid } = given;
  const present = lstatSync(place, { throwIfNoEntry: false });
  const stays = type === 'dir' && present?.isDirectory() === true;
  if (present !== undefined && !stays) rmSync(place, { recursive: true });
  switch (type) {
    case 'missing':
      return;
    case 'hardlink':
      return linkSync(await chase(top, given.to, 'as it is'), place);
    case 'link':
      symlinkSync(given.target, place);
      return lchownSync(place, uid, gid);
    case 'dir':
      if (!stays) mkdirSync(place);
      break;
    case 'file':
      writeFileSync(place, given.content);
      break;
    case 'fifo':
    case 'char': {
      const device = type === 'char' ? deviceNumber(given.rdev) : 0;
      checked(
        await calls.makeNode(bytesOf(place), fileTypes[type] | 0o644, device),
        `mknod ${place}`,
      );
      break;
    }
  }
  chownSync(place, uid, gid); // first: it takes setuid bits away
  chmodSync(place, given.mode ?? (type === 'dir' ? 0o755 : 0o644));
}

/** As makedev(3), for numbers below 4096 and 256. */
function deviceNumber([major, minor]: Given['rdev']): number {
  return major * 256 + minor;
}
