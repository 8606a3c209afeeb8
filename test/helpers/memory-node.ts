import type { From, Step } from '../../agent/plan/step.ts';
import { layout } from '../../agent/rules/layout.ts';
import { below, isBelow, isWithin, parentOf } from '../../agent/rules/path.ts';
import type { View } from '../../agent/rules/view.ts';
import { resolve } from '../../agent/rules/walk.ts';
import { factOf, type MemoryTree, withParents } from './views.ts';

/** A node in memory: what stands where, and what is mounted over it. */
export interface MemoryNode {
  /** As programs on the node see it. */
  readonly view: View;
  /** What a path shows, every link followed: a file's text, or all below a directory. */
  see(path: string): string | MemoryTree | undefined;
  /** A store's objects, by their path in it. */
  objectsOf(place: string): MemoryTree;
  /** Performs a step; a plain Error if something it needs is not there. */
  perform(step: Step): void;
  /** The lists that steps recorded. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

/** A node whose stores and trees are mounted: trees of objects by where they are. */
export function memoryNode(mounted: Readonly<Record<string, MemoryTree>>): MemoryNode {
  const objects = new Map<string, string>([
    [layout.tmpfs, 'dir'],
    [layout.volatile, 'dir'],
  ]);
  for (const [place, tree] of Object.entries(mounted)) {
    objects.set(place, 'dir');
    for (const [path, content] of withParents(tree)) objects.set(below(place, path), content);
  }
  for (const path of objects.keys()) ensureAbove(objects, path);
  const mounts: Mount[] = [];
  const lists = new Map<string, readonly string[]>();
  const view = viewOf(objects, mounts);
  const see = (path: string): string | MemoryTree | undefined => {
    const at = placeOf(view, path);
    const content = objects.get(backing(mounts, at));
    return content === 'dir' ? Object.fromEntries(allBelow(view, objects, mounts, at)) : content;
  };
  return {
    view,
    lists,
    see,
    objectsOf: (place) =>
      Object.fromEntries(
        [...objects].flatMap(([path, what]) =>
          isBelow(path, place) ? [[path.slice(place.length), what]] : [],
        ),
      ),
    perform: (step) => perform(step, { objects, mounts, lists, view }),
  };
}

/** `to` shows what `from` holds below the mounts; the later one covers the earlier. */
interface Mount {
  readonly from: string;
  readonly to: string;
}

interface State {
  readonly objects: Map<string, string>;
  readonly mounts: Mount[];
  readonly lists: Map<string, readonly string[]>;
  readonly view: View;
}

function perform(step: Step, state: State): void {
  const { objects, mounts, lists, view } = state;
  const put = (path: string, content: string) => {
    const place = backing(mounts, path);
    ensureAbove(objects, place);
    objects.set(place, content);
  };
  switch (step.kind) {
    case 'copy':
      return put(step.to, contentOf(state, step.from));
    case 'concatenate':
      return put(step.to, step.from.map((from) => contentOf(state, from)).join(''));
    case 'merge':
      return merge(
        state,
        step,
        step.from.map((from) => sourceOf(view, from)),
        step.to,
        step.path,
      );
    case 'symlink':
      for (const path of objects.keys()) if (isWithin(path, step.path)) objects.delete(path);
      return put(step.path, `-> ${step.target}`);
    case 'mount-point':
      return put(step.path, step.type === 'dir' ? 'dir' : '');
    case 'remove-mount-point':
      if (!objects.delete(step.path)) throw new Error(`nothing to remove at ${step.path}`);
      return undefined;
    case 'record':
      lists.set(`${step.store} ${step.list}`, step.lines);
      return undefined;
    case 'bind': {
      const [from, to] = [placeOf(view, step.source), placeOf(view, step.target)];
      const types = [view.at(from).type, view.at(to).type];
      if (types[0] === 'missing' || types[0] !== types[1]) {
        throw new Error(`cannot bind ${step.source} on ${step.target}: ${types.join(' on ')}`);
      }
      mounts.push({ from: backing(mounts, from), to });
    }
  }
}

function merge(
  state: State,
  step: Extract<Step, { kind: 'merge' }>,
  sources: readonly string[],
  to: string,
  path: string,
): void {
  const { objects, view } = state;
  ensureAbove(objects, to);
  objects.set(to, 'dir');
  for (const name of new Set(sources.flatMap((source) => view.names(source)))) {
    const child = below(path, name);
    if (step.leaveOut.includes(child)) continue;
    const target = below(to, name);
    const having = sources
      .map((source) => below(source, name))
      .filter((at) => view.at(at).type !== 'missing');
    const directories = having.filter((at) => view.at(at).type === 'dir');
    const isWay = step.leaveOut.some((listed) => isBelow(listed, child));
    const isDirectory = isWay || directories[0] === having[0];
    const present = objects.get(target);
    if (step.only === 'everything' && (present ?? 'dir') !== 'dir') {
      throw new Error(`${target} is there already`);
    }
    if (isDirectory && directories.length > 0) {
      if (present === undefined || present === 'dir')
        merge(state, step, directories, target, child);
    } else if (!isDirectory && present === undefined) {
      objects.set(target, objects.get(backing(state.mounts, having[0] ?? '')) ?? '');
    }
  }
}

/** A source's place; an Error if it is not there. */
function sourceOf(view: View, { root, path }: From): string {
  const join = (place: string) => (place === '/' ? root : below(root, place));
  const inside: View = {
    at: (place) => view.at(join(place)),
    names: (place) => view.names(join(place)),
  };
  const at = join(placeOf(inside, path));
  if (view.at(at).type === 'missing') throw new Error(`there is no ${at}`);
  return at;
}

function contentOf({ view, objects, mounts }: State, from: From): string {
  return objects.get(backing(mounts, sourceOf(view, from))) ?? '';
}

function placeOf(view: View, path: string): string {
  const resolved = resolve(view, path);
  if ('blocked' in resolved) throw new Error(`${path} is blocked by a ${resolved.blocked}`);
  return resolved.path;
}

/** Where the object is that a path shows. */
function backing(mounts: readonly Mount[], path: string): string {
  const mount = mounts.findLast(({ to }) => isWithin(path, to));
  return mount === undefined ? path : mount.from + path.slice(mount.to.length);
}

function viewOf(objects: ReadonlyMap<string, string>, mounts: readonly Mount[]): View {
  return {
    at(path) {
      const content = path === '/' ? 'dir' : objects.get(backing(mounts, path));
      return content === undefined ? { type: 'missing' } : factOf(content);
    },
    names(path) {
      const place = backing(mounts, path);
      return [...objects.keys()]
        .filter((other) => other !== '/' && parentOf(other) === place)
        .map((other) => other.slice(other.lastIndexOf('/') + 1));
    },
  };
}

function allBelow(
  view: View,
  objects: ReadonlyMap<string, string>,
  mounts: readonly Mount[],
  top: string,
  at = top,
): [string, string][] {
  return view
    .names(at)
    .toSorted()
    .flatMap((name) => {
      const child = below(at, name);
      const content = objects.get(backing(mounts, child)) ?? '';
      const inside = content === 'dir' ? allBelow(view, objects, mounts, top, child) : [];
      return [[child.slice(top.length), content] as [string, string], ...inside];
    });
}

function ensureAbove(objects: Map<string, string>, path: string): void {
  for (let at = parentOf(path); at !== '/'; at = parentOf(at)) {
    if (!objects.has(at)) objects.set(at, 'dir');
  }
}
