import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import type { Bytes } from '../../../agent/files/bytes.ts';
import { globMatcher } from './glob.ts';

/** What an image's exclude lists say, their includes read. */
export interface Exlist {
  /** Patterns of what is left out. */
  readonly exclude: readonly string[];
  /** Patterns of what is packed all the same. */
  readonly include: readonly string[];
  /** Lines that cannot match anything, in words. */
  readonly warnings: readonly string[];
}

/** Nothing is left out. */
export const noExlist: Exlist = { exclude: [], include: [], warnings: [] };

const includeLine = /^#\s*INCLUDE:(?<file>.*)#\s*$/u;

/**
 * Reads exclude lists (linuximage.exlist, one path or several): `#INCLUDE:file#` relative to the file
 * it stands in, `# comment`, `+pattern` packs again, `-pattern` or a bare one leaves out. Throws
 * ERR_STATELITE_IMAGE for a list that is missing or includes itself.
 */
export async function readExlist(paths: string | readonly string[]): Promise<Exlist> {
  const list = {
    exclude: new Set<string>(),
    include: new Set<string>(),
    warnings: new Set<string>(),
  };
  for (const path of typeof paths === 'string' ? [paths] : paths) await collect(path, []);
  return { exclude: [...list.exclude], include: [...list.include], warnings: [...list.warnings] };

  async function collect(path: string, above: readonly string[]): Promise<void> {
    if (above.includes(path)) throw bad(path, `includes itself: ${[...above, path].join(' → ')}`);
    for (const line of parseExlist(await readList(path, above.at(-1)))) {
      if (line.kind === 'file') {
        await collect(resolve(dirname(path), line.text), [...above, path]);
        continue;
      }
      list[line.kind].add(line.text);
      if (!canMatch(line.text)) {
        list.warnings.add(
          `${path}: ${line.text} matches nothing: paths begin with ./ and end in no /`,
        );
      }
    }
  }
}

interface Line {
  readonly kind: 'exclude' | 'include' | 'file';
  readonly text: string;
}

/** The lines of one list that say something. */
export function parseExlist(text: string): Line[] {
  return text.split('\n').flatMap((written): Line[] => {
    const line = written.trim();
    const file = includeLine.exec(line)?.groups?.['file']?.trim();
    if (file !== undefined && file !== '') return [{ kind: 'file', text: file }];
    const pattern = line.replace(/(?:^|\s+)#.*$/u, '');
    const bare = pattern.replace(/^[+-]\s*/u, '');
    if (bare === '') return [];
    return [{ kind: pattern.startsWith('+') ? 'include' : 'exclude', text: bare }];
  });
}

/** Whether a path of the image, such as `etc/passwd`, is left out; a directory's own fate is not that of what is in it. */
export function exlistFilter({ exclude, include }: Exlist): (path: Bytes) => boolean {
  const [out, back] = [exclude, include].map((patterns) => patterns.map(globMatcher));
  const fits = (matchers: typeof out, path: Bytes) =>
    matchers?.some((match) => match(path)) ?? false;
  return (path) => fits(out, `./${path}`) && !fits(back, `./${path}`);
}

/** find(1) prints `./etc` and never `./etc/`. */
function canMatch(pattern: string): boolean {
  return (
    /^(?:\.|\\|\*|\?|\[)/u.test(pattern) &&
    (pattern === '.' || !/^\.[^/*?[\\]|[^\\]\/$/u.test(pattern))
  );
}

async function readList(path: string, includedBy: string | undefined): Promise<string> {
  if (!isAbsolute(path)) throw bad(path, 'is no absolute path');
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT', 'ENOTDIR', 'EISDIR')) throw cause;
    const by = includedBy === undefined ? '' : `, which ${includedBy} includes,`;
    throw bad(path, `${by} cannot be read`, cause);
  }
}

function bad(path: string, reason: string, cause?: unknown): StateliteError {
  const joint = reason.startsWith(',') ? '' : ' ';
  return new StateliteError('ERR_STATELITE_IMAGE', `the exclude list ${path}${joint}${reason}`, {
    hint: 'correct linuximage.exlist or the list; a blank column leaves nothing out',
    cause,
  });
}
