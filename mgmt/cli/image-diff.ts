import { tmpdir } from 'node:os';
import { textOf } from '../../agent/files/bytes.ts';
import { loadNative } from '../../agent/native/load.ts';
import { plain } from '../core/plain.ts';
import { countByDirectory, type Diff, diffGenerations } from '../image/generations/diff.ts';
import { placeOf } from '../image/generations/place.ts';
import { previousOf } from '../image/generations/promote.ts';
import {
  type Generation,
  generationOf,
  mustHaveCurrent,
  readGenerations,
} from '../image/generations/read.ts';
import type { Context } from './context.ts';
import { namedImage } from './image-place.ts';
import { printJson } from './json.ts';

/**
 * Prints what differs between two generations; without numbers between the previous and the current
 * one, with one between that and the current.
 */
export async function diffImage(
  context: Context,
  name: string,
  [first, second]: readonly number[],
  { json, files }: { readonly json: boolean; readonly files: boolean },
): Promise<void> {
  const image = await namedImage(context, name);
  const place = await placeOf(image.rootimgdir);
  const generations = await readGenerations(place);
  const current = mustHaveCurrent(generations, place);
  const after = second === undefined ? current : generationOf(generations, second);
  const before =
    first === undefined ? previousOf(generations.all, current) : generationOf(generations, first);
  context.progress.update(`comparing generations ${before.number} and ${after.number}`);
  const diff = await diffGenerations(before.directory, after.directory, loadNative(tmpdir()));
  if (json) printJson(context, jsonOf(before, after, diff));
  else for (const line of linesOf(diff, files)) context.print(plain(line));
}

function jsonOf(before: Generation, after: Generation, { packages, files }: Diff) {
  return {
    before: before.number,
    after: after.number,
    packages,
    files: files.map(({ path, kind }) => ({ path: textOf(path), kind })),
  };
}

function linesOf({ packages, files }: Diff, every: boolean): string[] {
  const signs = { added: '+', removed: '-', changed: '~' } as const;
  const lines = (packages ?? []).map(({ name, before, after }) => {
    if (before === '') return `+ ${name} ${after}`;
    return after === '' ? `- ${name} ${before}` : `~ ${name} ${before} -> ${after}`;
  });
  if (packages === undefined) lines.push('there is no list of packages to compare');
  if (every) return [...lines, ...files.map(({ path, kind }) => `${signs[kind]} ${textOf(path)}`)];
  for (const [directory, { added, removed, changed }] of countByDirectory(files)) {
    const counts = [
      [added, 'added'],
      [removed, 'removed'],
      [changed, 'changed'],
    ] as const;
    const words = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
    lines.push(`${directory}: ${words.join(', ')}`);
  }
  return files.length === 0 && lines.length === 0 ? ['they are the same'] : lines;
}
