import { isLink, type Option, parseOptions } from './options.ts';
import { ancestors, below, isBelow, withoutSlashes } from './path.ts';

/** What the last liteimg run did to an image: /.statelite/litefile.save (semantics 1.3, 4.1, 5.5). */
export interface Saved {
  readonly entries: ReadonlyMap<string, SavedEntry>;
  /** Paths that liteimg had to make, with their type; in the image and in /.default. */
  readonly made: ReadonlyMap<string, 'file' | 'dir'>;
}

export interface SavedEntry {
  readonly path: string;
  readonly type: 'file' | 'dir';
  readonly option: Option;
}

export const nothingSaved: Saved = { entries: new Map(), made: new Map() };

/**
 * Writes the stock line per entry (`image: option        path`, a directory with a trailing slash),
 * so that stock tools can read it, then what was made as `# made` lines.
 */
export function formatSave(image: string, { entries, made }: Saved): string {
  const lines = [...entries.values()]
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, type, option }) => `${image}: ${option.padEnd(13)} ${path}${slash(type)}`);
  const notes = [...made]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, type]) => `# made ${path}${slash(type)}`);
  return [...lines, ...notes].map((line) => `${line}\n`).join('');
}

/** Reads our own and the stock form. Lines of another shape throw a plain Error with their number. */
export function parseSave(text: string): Saved {
  const entries = new Map<string, SavedEntry>();
  const made = new Map<string, 'file' | 'dir'>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const [, note] = /^# made (\/.*)$/su.exec(line) ?? [];
    const [, options, row] = /^.*?: ([a-z,]*) +(\/.*)$/su.exec(line) ?? [];
    if (note !== undefined) {
      const { path, type } = typed(note);
      made.set(path, type);
    } else if (options !== undefined && row !== undefined) {
      const { path, type } = typed(row);
      entries.set(path, { path, type, option: parseOptions(path, options) });
    } else if (!line.startsWith('#')) {
      throw new Error(`line ${index + 1} of litefile.save is not readable: ${line}`);
    }
  }
  return { entries, made };
}

/** Whether liteimg planted a symlink at this path: only the topmost of a chain (semantics 4.3). */
export function isPlanted(saved: Saved, path: string): boolean {
  const entry = saved.entries.get(path);
  if (entry === undefined || !isLink(entry.option)) return false;
  return ancestors(path).every((above) => !saved.entries.has(above));
}

/** Everything recorded as made at or below a path. */
export function madeWithin(saved: Saved, path: string): string[] {
  return [...saved.made.keys()].filter((made) => made === path || isBelow(made, path));
}

function typed(text: string): { path: string; type: 'file' | 'dir' } {
  const type = text.endsWith('/') ? 'dir' : 'file';
  return { path: below('/', withoutSlashes(text)), type };
}

function slash(type: 'file' | 'dir'): string {
  return type === 'dir' ? '/' : '';
}
