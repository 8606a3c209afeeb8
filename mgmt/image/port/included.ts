import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { expandVariables, parsePkglist } from '../genimage/pkglist-items.ts';
import { parseExlist } from '../pack/exlist.ts';
import type { Extra } from './manifest.ts';

/** A list of packages, or of what is not packed. */
export interface List {
  readonly kind: 'packages' | 'excludes';
  readonly path: string;
  /** Where an import puts it. */
  readonly place: string;
}

/**
 * The files that lists read by `#INCLUDE:file#`, and theirs, with the directories where they have to be
 * for that. Each once. `variables` are those that an include may name, besides the `#ENV:…#` before it.
 * Throws ERR_STATELITE_IMAGE for one that is not there.
 */
export async function includedFiles(
  lists: readonly List[],
  variables: Readonly<Record<string, string>>,
): Promise<Extra[]> {
  const found = new Map<string, Extra>();
  const known = { ...variables };
  for (const list of lists) await collect(list);
  return [...found.values()];

  async function collect({ kind, path, place }: List, by?: string): Promise<void> {
    for (const word of includesIn(kind, await textOf(path, by), path)) {
      const src = resolve(dirname(path), word);
      const below = relative(dirname(path), dirname(src));
      const dest = isAbsolute(word) ? dirname(src) : join(dirname(place), below);
      const key = JSON.stringify([src, dest]);
      if (found.has(key)) continue;
      found.set(key, { src, dest });
      await collect({ kind, path: src, place: join(dest, basename(src)) }, path);
    }
  }

  function* includesIn(kind: List['kind'], text: string, path: string): Generator<string> {
    if (kind === 'excludes') {
      for (const line of parseExlist(text)) if (line.kind === 'file') yield line.text;
      return;
    }
    // Any family's names will do: what a list names is not looked at here.
    for (const item of parsePkglist(text, path, { installer: 'zypper', subdirectories: false })) {
      if (item.kind === 'environment') known[item.name] = item.value;
      if (item.kind === 'include') yield expandVariables(item.path, known, item.where);
    }
  }
}

async function textOf(path: string, by: string | undefined): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (by === undefined || !hasCode(cause, 'ENOENT', 'ENOTDIR', 'EISDIR')) throw cause;
    throw new StateliteError('ERR_STATELITE_IMAGE', `${by} includes ${path}, which is no file`, {
      hint: 'correct the list: genimage needs what it includes',
      cause,
    });
  }
}
