import { layout } from '../../../agent/rules/layout.ts';
import { isBelow, isWithin } from '../../../agent/rules/path.ts';
import type { Deed, Page, Subject } from './journal.ts';
import { workplace } from './make.ts';
import { plantedTarget } from './planted.ts';

/** What a run changes at one path of the image, in the order it happens. */
export interface Change {
  readonly path: string;
  readonly effects: readonly Effect[];
}

export type Effect = keyof typeof words;

const words = {
  restored: 'the original comes back from /.default',
  'link restored': 'the link that stood there comes back',
  'laid over': 'it is newer than the original in /.default and is laid over it',
  'copy removed': 'what /.default has of it is removed',
  removed: 'nothing needs it any more, it is removed',
  'link removed': 'its link in /.statelite/tmpfs is removed',
  'area made': 'a directory of liteimg is made',
  'parents made': 'directories above it are made',
  made: 'it is missing and made, empty',
  'original moved': 'the original moves to /.default',
  'original copied': 'what it leads to is copied to /.default',
  'link kept': 'the link that stands there is kept in /.default.links',
  'stood in': 'something empty that looks like what it leads to takes its place',
  planted: 'a link through /.statelite/tmpfs is planted',
  mirrored: 'mirrored to /.default',
  'made alike': 'owner and mode become those of what it leads to',
  'put right': 'put right',
  written: 'written',
} as const;

/** What happens at a path, in one line for people. */
export function describeChange({ path, effects }: Change): string {
  return `${path}: ${effects.map((effect) => words[effect]).join('; ')}`;
}

/** What the journal of a run says, path by path. Every page has its change. */
export function changesOf(pages: readonly Page[]): Change[] {
  const byPath = new Map<string, Set<Effect>>();
  for (const { subject, deeds } of pages) {
    const effects = byPath.get(subject.path) ?? new Set();
    byPath.set(subject.path, effects);
    const found = deeds.flatMap((deed) => effectOf(subject, deed, deeds) ?? []);
    for (const effect of found) effects.add(effect);
    if (effects.size === 0) effects.add('put right');
  }
  return [...byPath].map(([path, effects]) => ({ path, effects: [...effects] }));
}

function effectOf(subject: Subject, deed: Deed, all: readonly Deed[]): Effect | undefined {
  if (subject.task === 'areas') return deed.kind === 'made' ? 'area made' : 'put right';
  if (subject.task === 'leftover') return 'removed';
  if (subject.task === 'system') return 'written';
  return subject.task === 'restore' ? restoring(subject, deed) : preparing(subject, deed, all);
}

function restoring({ path }: Subject, deed: Deed): Effect | undefined {
  const pristine = layout.pristine + path;
  if (deed.kind === 'moved') {
    if (deed.from === layout.links + path) return 'link restored';
    if (deed.from === pristine) return deed.path === path ? 'restored' : 'copy removed';
    return isBelow(deed.from, pristine) ? 'laid over' : undefined;
  }
  if (deed.kind !== 'removed') return undefined;
  if (deed.path === path) return undefined;
  if (isWithin(deed.path, pristine)) return 'copy removed';
  return deed.path === layout.tmpfs + path ? 'link removed' : undefined;
}

function preparing({ path }: Subject, deed: Deed, all: readonly Deed[]): Effect | undefined {
  const pristine = layout.pristine + path;
  if (deed.kind === 'copied' && deed.path === layout.links + path) return 'link kept';
  if (deed.kind === 'moved') {
    if (deed.from === path) return isLaidOver(path, all) ? 'laid over' : 'original moved';
    if (deed.from === pristine) return deed.path === path ? 'restored' : undefined;
    if (deed.path === path) return isOfLink(path, all) ? 'planted' : 'stood in';
    if (deed.path !== pristine) return undefined;
    return all.some((one) => isCopyOfOriginal(one)) ? 'original copied' : 'made';
  }
  if (deed.path === path) return deed.kind === 'lent' ? 'made alike' : madeOnly(deed, 'made');
  if (isBelow(path, deed.path)) return madeOnly(deed, 'parents made');
  if (!isWithin(deed.path, pristine) || isLaidOver(path, all)) return undefined;
  return 'mirrored';
}

/** Whether the link that was built is for this path, not for its place in /.statelite/tmpfs. */
function isOfLink(path: string, all: readonly Deed[]): boolean {
  return all.some((deed) => deed.kind === 'linked' && deed.target === plantedTarget(path));
}

function isCopyOfOriginal({ kind, path }: Deed): boolean {
  return (kind === 'copied' || kind === 'lent') && isWithin(path, workplace);
}

/** It went to /.default, after what was there went away or into it. */
function isLaidOver(path: string, all: readonly Deed[]): boolean {
  const pristine = layout.pristine + path;
  const isMoved = all.some((deed) => deed.kind === 'moved' && deed.from === path);
  const isLaid = all.some(
    (deed) =>
      (deed.kind === 'removed' && deed.path === pristine) ||
      (deed.kind === 'moved' && isBelow(deed.from, pristine)),
  );
  return isMoved && isLaid;
}

function madeOnly({ kind }: Deed, effect: Effect): Effect | undefined {
  return kind === 'made' ? effect : undefined;
}
