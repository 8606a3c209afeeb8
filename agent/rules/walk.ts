import { StateliteError } from '../errors.ts';
import { layout } from './layout.ts';
import { ancestors, below, components, isBelow, parentOf } from './path.ts';
import type { Fact, View } from './view.ts';

/** As in the kernel (MAXSYMLINKS). */
const mostLinks = 40;

/** Where a path inside a root ends. */
export interface Resolved {
  /** Free of links; `..` and absolute links stay inside the root. */
  readonly path: string;
  /** What stands there, after every link. */
  readonly fact: Exclude<Fact, { type: 'link' }>;
  readonly links: number;
  /** Missing because one of the links leads nowhere. */
  readonly dangling: boolean;
}

/** Why a path cannot be resolved: a loop, or a file where a directory must be. */
export interface Blocked {
  readonly blocked: 'loop' | 'file';
  readonly at: string;
}

/** A place on the way, free of links, and the one above it. */
interface At {
  readonly path: string;
  readonly fact: Resolved['fact'];
  /** Undefined for the root, which is above itself. */
  readonly above: At | undefined;
}

/**
 * Resolves `path` inside the view's root as the kernel would after chroot(2); parts that are
 * missing, also behind a dangling link, are taken as written. `plant` may name another place for
 * a link: liteimg's planted ones lead to their original.
 */
export function resolve(
  view: View,
  path: string,
  plant: Plant = () => undefined,
): Resolved | Blocked {
  const found = follow(view, root, components(path), plant);
  return 'blocked' in found ? found : endOf(found);
}

interface Followed extends Pick<Resolved, 'links' | 'dangling'> {
  readonly at: At;
}

type Plant = (path: string, target: string) => string | undefined;

const root: At = { path: '/', fact: { type: 'dir' }, above: undefined };

/** Goes on from a place that is resolved already. */
function follow(view: View, start: At, names: readonly string[], plant: Plant): Blocked | Followed {
  const pending = [...names];
  let at = start;
  let links = 0;
  let beyond = Infinity; // how many parts are left once a link's own target is passed
  let dangling = false;
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (name === '.') continue;
    if (name === '..') {
      at = at.above ?? root;
      continue;
    }
    if (at.fact.type === 'file') return { blocked: 'file', at: at.path };
    const next = below(at.path, name);
    const found: Fact = at.fact.type === 'missing' ? at.fact : view.at(next);
    if (found.type !== 'link') {
      at = { path: next, fact: found, above: at };
      dangling ||= found.type === 'missing' && pending.length >= beyond;
      continue;
    }
    if (++links > mostLinks) return { blocked: 'loop', at: next };
    const planted = plant(next, found.target);
    const target = planted ?? found.target;
    if (target.startsWith('/')) at = root;
    beyond = Math.min(beyond, pending.length);
    pending.unshift(...components(target));
  }
  return { at, links, dangling: dangling && at.fact.type === 'missing' };
}

/**
 * The place of the original behind a link that liteimg planted: one at X whose target is
 * /.statelite/tmpfs/X; undefined for every other link (semantics 4.1).
 */
export function plantedOriginal(path: string, target: string): string | undefined {
  return lexical(parentOf(path), target) === `${layout.tmpfs}${path}`
    ? `${layout.pristine}${path}`
    : undefined;
}

/** Joins a link target to the directory it stands in, without looking at anything. */
export function lexical(directory: string, target: string): string {
  const names = target.startsWith('/') ? [] : components(directory);
  for (const name of components(target)) {
    if (name === '..') names.pop();
    else if (name !== '.') names.push(name);
  }
  return `/${names.join('/')}`;
}

export interface Walked {
  /** The path with directory links resolved, except those that are listed (semantics 1.5). */
  readonly canonical: string;
  /** Where the image has it: every link above it resolved. */
  readonly real: string;
  /** Where its original is: every link followed, planted ones to /.default. */
  readonly original: Resolved;
}

/** A directory above a listed path: its name in the table's terms, and where the image has it. */
interface Above {
  readonly canonical: string;
  readonly real: At;
  /** A listed link to a directory above itself, or a file of liteimg's: it counts as missing, and so does all below. */
  readonly missing: boolean;
  /** Undefined for the root, which is above itself. */
  readonly above: Above | undefined;
}

/**
 * Resolves a listed path inside the image (semantics 1.5). `isListed` answers for canonical paths:
 * a listed link counts as the object it leads to, and what lies below it is told by its name.
 * Refuses loops and files above the path with ERR_STATELITE_PATH.
 */
export function walkListed(
  view: View,
  path: string,
  isListed: (path: string) => boolean,
  isMadeFile: (path: string) => boolean = () => false,
): Walked {
  const pending = components(path);
  const last = pending.pop();
  if (last === undefined) throw new Error('the root is no listed path');
  const top: Above = { canonical: '/', real: root, missing: false, above: undefined };
  let above = top;
  let links = 0;
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (name === '.') continue;
    if (name === '..') {
      above = above.above ?? top;
      continue;
    }
    const { canonical, real, missing } = above;
    const here = below(canonical, name);
    const place = below(real.path, name);
    const gone: At = { path: place, fact: { type: 'missing' }, above: real };
    if (missing) {
      above = { canonical: here, real: gone, missing, above };
      continue;
    }
    const listed = isListed(here);
    const target = listed ? undefined : linkTarget(view, place);
    if (target === undefined) {
      const wasMoved = listed && wasLink(view, here);
      const step = wasMoved
        ? followOrRefuse(view, root, components(layout.pristine + here), path)
        : followOrRefuse(view, real, [name], path);
      const { type } = step.at.fact;
      if (type === 'file' && !isMadeFile(here)) {
        refuse(path, `has the file ${step.at.path} above it`);
      }
      const leadsAbove = !wasMoved && step.links > 0 && isBelow(place, step.at.path);
      const stands = leadsAbove ? gone : step.at;
      above = { canonical: here, real: stands, missing: leadsAbove || type === 'file', above };
      continue;
    }
    if (++links > mostLinks) refuse(path, `leads through a loop of links at ${place}`);
    if (target.startsWith('/')) above = top;
    pending.unshift(...components(target));
  }
  const { canonical, real, missing } = above;
  const at = below(real.path, last);
  return {
    canonical: below(canonical, last),
    real: at,
    original: missing ? nowhere(at) : endOf(followOrRefuse(view, real, [last], path)),
  };
}

function nowhere(path: string): Resolved {
  return { path, fact: { type: 'missing' }, links: 0, dangling: false };
}

function endOf({ at, links, dangling }: Followed): Resolved {
  return { path: at.path, fact: at.fact, links, dangling };
}

/** Whether liteimg made a mount point of a link there: what it led to is in /.default (semantics 4.2). */
function wasLink(view: View, path: string): boolean {
  const above = [...ancestors(path)].toReversed();
  if (above.some((directory) => view.at(layout.links + directory).type !== 'dir')) return false;
  return view.at(layout.links + path).type === 'link';
}

/** The target of a link that stands there by the image's own will, not planted by liteimg. */
function linkTarget(view: View, path: string): string | undefined {
  const fact = view.at(path);
  if (fact.type !== 'link' || plantedOriginal(path, fact.target) !== undefined) return undefined;
  return fact.target;
}

function followOrRefuse(view: View, start: At, names: readonly string[], path: string): Followed {
  const found = follow(view, start, names, plantedOriginal);
  if (!('blocked' in found)) return found;
  if (found.blocked === 'loop') refuse(path, `leads through a loop of links at ${found.at}`);
  return refuse(path, `has the file ${found.at} above it`);
}

function refuse(path: string, reason: string): never {
  throw new StateliteError(
    'ERR_STATELITE_PATH',
    `the listed path ${JSON.stringify(path)} ${reason} in the image`,
    { hint: 'list a path that can exist in the image, or repair the image' },
  );
}
