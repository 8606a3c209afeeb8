import type { InitramfsReport } from './build.ts';

interface Line {
  readonly size: number;
  readonly text: string;
}

/**
 * What is in an initramfs and why, for a terminal: largest first, files with one reason as one
 * line with their number, the totals last.
 */
export function renderContents({ entries, unpacked, packed }: InitramfsReport): string[] {
  const reasons = Map.groupBy(entries, ({ why }) => why);
  const lines = [...reasons].map(([why, group]): Line => {
    const size = group.reduce((sum, entry) => sum + entry.size, 0);
    const [only] = group;
    if (group.length > 1 || only === undefined) return { size, text: `${why} (${group.length})` };
    return { size, text: `${only.path}: ${why}` };
  });
  return [
    ...lines
      .toSorted((a, b) => b.size - a.size || (a.text < b.text ? -1 : 1))
      .map(({ size, text }) => `${formatSize(size).padStart(9)}  ${text}`),
    `${formatSize(unpacked).padStart(9)}  unpacked`,
    `${formatSize(packed).padStart(9)}  packed`,
  ];
}

/** In units of ten, as the goal and the boot loaders' progress have it. */
function formatSize(bytes: number): string {
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return bytes >= 1e3 ? `${(bytes / 1e3).toFixed(1)} kB` : `${bytes} B`;
}
