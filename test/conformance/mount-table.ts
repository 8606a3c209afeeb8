import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { isWithin } from '../../agent/rules/path.ts';
import { places } from './places.ts';

/** A mount below the root of this process. */
export interface Mount {
  readonly id: string;
  /** What of its file system is mounted. */
  readonly top: string;
  /** Where. */
  readonly point: string;
  readonly readonly: boolean;
  readonly isVolatile: boolean;
}

/** <fcntl.h>; Node has no name for it. It opens nothing, so that no FIFO blocks and no device stirs. */
const onlyPath = 0o10000000;

/** The mounts of this namespace, in the order they were made. */
export function readMounts(): Mount[] {
  return parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** Reads /proc/self/mountinfo (proc(5)); the volatile area is known by its name. */
export function parseMounts(text: string): Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id = '', , , top = '', point = '', options = ''] = line.split(' ');
      const [, source = ''] = (line.split(' - ')[1] ?? '').split(' ');
      return {
        id,
        top: unescape(top),
        point: unescape(point),
        readonly: options.split(',').includes('ro'),
        isVolatile: source === places.volatileName,
      };
    });
}

/** The mount that a place is on; the place has no links in it. */
export function mountOf(place: string, mounts: readonly Mount[]): Mount {
  const file = openSync(place, onlyPath | constants.O_NOFOLLOW);
  try {
    const id = /^mnt_id:\s*(\d+)$/mu.exec(readFileSync(`/proc/self/fdinfo/${file}`, 'utf8'))?.[1];
    const found = mounts.find((mount) => mount.id === id);
    if (found === undefined) throw new Error(`${place} is on no known mount`);
    return found;
  } finally {
    closeSync(file);
  }
}

/** What a mount shows: `tmpfs:PATH`, `tree:SERVER:/EXPORT|PATH`, as the recorded cases name it. */
export function shownBy(mount: Mount, treeNames: readonly string[]): string {
  return sourceAt(mount, mount.point, treeNames);
}

/** Where the bytes of a place on a mount live. */
export function sourceAt(mount: Mount, place: string, treeNames: readonly string[]): string {
  const rest = place.slice(mount.point === '/' ? 0 : mount.point.length);
  const path = (mount.top === '/' ? '' : mount.top) + rest;
  const below = (top: string): string => path.slice(top.length) || '/';
  if (mount.isVolatile) {
    return isWithin(path, '/tmpfs') ? `tmpfs:${below('/tmpfs')}` : `statelite:${path || '/'}`;
  }
  for (const store of ['persistent', 'localdisk'] as const) {
    if (isWithin(path, places[store])) return `${store}:${below(places[store])}`;
  }
  for (const [index, name] of treeNames.entries()) {
    const top = `${places.trees}/${index}`;
    if (isWithin(path, top)) return `tree:${name}|${below(top)}`;
  }
  const image = [places.image, places.ramImage].find((top) => isWithin(path, top));
  if (image === undefined) return `initramfs:${path}`;
  const inside = below(image);
  if (!isWithin(inside, '/.default')) return `image:${inside}`;
  return `default:${inside.slice('/.default'.length) || '/'}`;
}

function unescape(text: string): string {
  const bytes = Buffer.from(text).toString('latin1');
  const plain = bytes.replace(/\\([0-7]{3})/gu, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
  return Buffer.from(plain, 'latin1').toString();
}
