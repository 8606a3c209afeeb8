import { readFile } from 'node:fs/promises';
import { type Bytes, bytesOf, fsPath } from '../../../agent/files/bytes.ts';
import { components } from '../../../agent/rules/path.ts';
import { exlistFilter, type Exlist } from './exlist.ts';
import { directoryOf, inOrder, type Member, newMember } from './member.ts';

/** A file of the packed root that is not as the tree has it; bytes are one character each. */
export interface Edit {
  /** Absolute in the image; links are followed inside it. */
  readonly path: string;
  /** `text` is undefined for a file that is not packed; nothing changes if undefined is returned. */
  readonly change: (text: string | undefined) => Change | Promise<Change>;
}

type Change = string | undefined;

/** What a list leaves of the members. A directory stays if anything in it does. */
export function withoutExcluded(members: readonly Member[], exlist: Exlist): Member[] {
  if (exlist.exclude.length === 0) return [...members];
  const isOut = exlistFilter(exlist);
  const kept = new Set<Bytes>(['']);
  for (const { path } of members) {
    if (isOut(path)) continue;
    for (let at = path; !kept.has(at); at = directoryOf(at)) kept.add(at);
  }
  return members.filter(({ path }) => kept.has(path));
}

/** The members with some files changed in the packed root only. */
export async function withEdits(
  members: readonly Member[],
  edits: readonly Edit[],
): Promise<Member[]> {
  const byPath = new Map(members.map((member) => [member.path, member]));
  for (const { path, change } of edits) {
    const place = follow(byPath, bytesOf(path));
    const before = place === undefined ? undefined : byPath.get(place);
    if (place === undefined || (before !== undefined && before.kind !== 'file')) continue;
    const text = await change(before === undefined ? undefined : await textIn(before));
    if (text === undefined) continue;
    byPath.set(place, newMember(place, 'file', fsPath(text), before));
    for (let at = directoryOf(place); !byPath.has(at); at = directoryOf(at)) {
      byPath.set(at, newMember(at, 'directory'));
    }
  }
  return inOrder(byPath.values());
}

/** As in the kernel (MAXSYMLINKS). */
const mostLinks = 40;

/** Where a path leads to among the members; undefined for a loop, and below what is no directory. */
function follow(members: ReadonlyMap<Bytes, Member>, path: Bytes): Bytes | undefined {
  const pending = components(path);
  let at: Bytes = '';
  let links = 0;
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (name === '.') continue;
    if (name === '..') {
      at = directoryOf(at);
      continue;
    }
    const next: Bytes = at === '' ? name : `${at}/${name}`;
    const member = members.get(next);
    if (member?.kind === 'link') {
      if (++links > mostLinks) return undefined;
      if (member.target.startsWith('/')) at = '';
      pending.unshift(...components(member.target));
      continue;
    }
    const isEnd = pending.length === 0;
    if (member !== undefined && !isEnd && member.kind !== 'directory') return undefined;
    at = next;
  }
  return at;
}

async function textIn({ source }: Member): Promise<string> {
  const bytes = 'data' in source ? source.data : await readFile(fsPath(source.place));
  return bytes.toString('latin1');
}
