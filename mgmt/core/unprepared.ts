import type { Entries } from '../../agent/rules/entries.ts';
import type { Saved } from '../../agent/rules/save.ts';

/**
 * Paths, as written, that the last liteimg run did not know, knew otherwise, or that are listed no
 * longer: the image does not fit its table (semantics 5.5).
 */
export function unpreparedPaths({ entries }: Entries, saved: Saved): string[] {
  const changed = [...entries.values()].filter(({ path, option, type }) => {
    const known = saved.entries.get(path);
    return known?.option !== option || known.type !== type;
  });
  const gone = [...saved.entries.keys()].filter((path) => !entries.has(path));
  return [...changed.map(({ written }) => written), ...gone];
}

/** The first of them and how many more there are, for messages; undefined if the image fits. */
export function nameUnprepared(entries: Entries, saved: Saved): string | undefined {
  const [first, ...others] = unpreparedPaths(entries, saved);
  return first === undefined || others.length === 0 ? first : `${first} and ${others.length} more`;
}
