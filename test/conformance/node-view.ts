import { closeSync, constants, openSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { chase } from '../../agent/files/chase.ts';
import { components, isWithin } from '../../agent/rules/path.ts';
import { describeObject, describeTree, errorName, isOfKernel } from './describe.ts';
import type { Seen, SeenPath, SeenTree } from './entry.ts';
import { type Mount, mountOf, readMounts, shownBy, sourceAt } from './mount-table.ts';

/** The areas of statelite itself. */
const reserved = ['/.statelite', '/.default', '/.default.links', '/.sllocal'];

/** Looks at a node through its root; nothing outside the root is ever followed. */
export interface NodeView {
  /** A listed path as programs on the node find it. */
  path(path: string): Promise<SeenPath>;
  /** Everything but the reserved areas. */
  everything(): SeenTree;
  /** A directory with what is mounted in it. */
  below(directory: string): SeenTree;
  mounts(): { at: string; source: string; ro: boolean }[];
}

export function lookAtNode(root: string, treeNames: readonly string[]): NodeView {
  const mounts = readMounts();
  const byPoint = Map.groupBy(mounts, ({ point }) => point);
  const mountOn = (place: string): Seen['mount'] => {
    const shown = (byPoint.get(place) ?? []).map((mount) => shownBy(mount, treeNames));
    return shown.length > 1 ? shown : shown[0];
  };
  const below = (directory: string, leaveOut?: (path: string) => boolean): SeenTree =>
    describeTree(directory, { mountOn, ...(leaveOut === undefined ? {} : { leaveOut }) });
  return {
    path: (path) => seePath(root, path, { mounts, treeNames, mountOn, below }),
    everything: () => below(root, isLeftOut),
    below,
    mounts: () =>
      mounts
        .filter(({ point }) => point.startsWith(`${root}/`))
        .map((mount) => ({
          at: mount.point.slice(root.length),
          source: shownBy(mount, treeNames),
          ro: mount.readonly,
        }))
        .filter(({ at }) => !stores.includes(at)),
  };
}

/** As the records leave it out of what a node sees. */
function isLeftOut(path: string): boolean {
  return isOfKernel(path) || reserved.some((area) => isWithin(path, area));
}

/** Mounted before the first entry; the records leave them out. */
const stores: readonly string[] = ['/.statelite', '/.statelite/persistent', '/.sllocal/localmnt'];

interface Look {
  readonly mounts: readonly Mount[];
  readonly treeNames: readonly string[];
  readonly mountOn: (place: string) => Seen['mount'];
  readonly below: (directory: string) => SeenTree;
}

async function seePath(root: string, path: string, look: Look): Promise<SeenPath> {
  const place = await placeOf(root, path, 'as it is');
  if ('error' in place) return { type: 'missing', error: place.error };
  const seen = describeObject(place.at);
  // As the records have it: where the written path leads through a link, nothing is mounted "exactly there".
  const mount = look.mountOn(join(root, ...components(path)));
  const itself: SeenPath = mount === undefined ? seen : { ...seen, mount };
  if (seen.type === 'missing') return itself;
  if (seen.type !== 'link') return { ...itself, ...(await contents(place.at, seen, look)) };
  const target = await placeOf(root, path, 'followed');
  if ('error' in target) return { ...itself, resolved: { type: 'missing', error: target.error } };
  const resolved = describeObject(target.at);
  if (resolved.type === 'missing') return { ...itself, resolved: { type: 'missing' } };
  return {
    ...itself,
    resolved: { ...resolved, path: target.at.slice(root.length) || '/' },
    ...(await contents(target.at, resolved, look)),
  };
}

async function placeOf(
  root: string,
  path: string,
  last: 'followed' | 'as it is',
): Promise<{ at: string } | { error: string }> {
  try {
    return { at: await chase(root, path, last) };
  } catch (error) {
    return { error: errorName(error) };
  }
}

/** Where an object comes from, and whether it can be written, really tried. */
async function contents(place: string, seen: Seen, look: Look): Promise<Partial<SeenPath>> {
  const mount = mountOf(place, look.mounts);
  const error = tryToWrite(place, seen);
  return {
    source: sourceAt(mount, place, look.treeNames),
    mount_ro: mount.readonly,
    ...(seen.type === 'dir' ? { entries: look.below(place) } : {}),
    writable: error === undefined,
    ...(error === undefined ? {} : { write_error: error }),
  };
}

function tryToWrite(place: string, { type }: Seen): string | undefined {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    if (type === 'file') closeSync(openSync(place, O_WRONLY | O_NOFOLLOW | O_NONBLOCK));
    else if (type === 'dir') {
      const probe = join(place, '.statelite-conformance');
      closeSync(openSync(probe, O_WRONLY | O_CREAT | O_EXCL, 0o600));
      unlinkSync(probe);
    } else statSync(place); // pipes and devices take data on a read-only mount as well
    return undefined;
  } catch (error) {
    return errorName(error);
  }
}
