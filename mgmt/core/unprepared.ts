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
